/**
 * A fail-over as the others see it: who says what, and who believes it; nothing of the cloud is told of it. And a change
 * that must not look like one.
 */
import { dissect } from 'tcpdump-parser';
import { expect } from 'vitest';
import type { Cloud } from '../../src/cloud/index.ts';
import type { CapturedFrame } from '../../src/observe/index.ts';
import { LEARNED_COOKIE } from '../../src/state/index.ts';
import { ping as echo, stream } from '../../src/probe/index.ts';
import { learnedPort, scenarios } from '../../src/scenario/index.ts';
import { killKeepalived } from './breaking.ts';
import {
  activeHost,
  FAST,
  FLOATING,
  holders,
  NEEDS,
  otherHost,
  placeOf,
  redundant,
  statesOf,
  untilActiveOn,
} from './redundancy.ts';

/** Ten addresses of one server. */
const INSIDE = Array.from({ length: 10 }, (_, at) => `10.0.2.${30 + at}`);
const OUTSIDE = Array.from({ length: 10 }, (_, at) => `203.0.113.${130 + at}`);

const { servers, ...rest } = redundant(FAST);
const withMany = {
  ...rest,
  ports: { many: { network: 'blue', fixed_ips: INSIDE.map((ip_address) => ({ ip_address })) } },
  servers: { ...servers, blue9: { host: 'compute1', networks: [{ port: 'many' }] } },
};
const scenario = scenarios({ cloud: withMany, capability: 'vrrp' });

/** Addresses that frames out of a device of a host announce by gratuitous ARP, with the device's kind. */
const announced = (frames: readonly CapturedFrame[], host: string): string[] => {
  const said = frames.flatMap(({ point, direction, bytes }) => {
    const [node, device = ''] = point.split(':');
    const arp = dissect(bytes).last('arp');
    if (node !== host || direction !== 'out' || arp?.senderIp !== arp?.targetIp || arp === undefined)
      return [];
    return /^(?:qr|qg)-/u.test(device) ? [`${device.slice(0, 2)} ${arp.senderIp} at ${arp.senderMac}`] : [];
  });
  return [...new Set(said)].toSorted();
};

/** The switch's port for the cable of a host to a network of the underlay. */
const cableOf = ({ topology }: Cloud, host: string, network: string): string =>
  topology.underlay.links
    .find(({ ends }) => ends.some((end) => end.host === host && end.networks.includes(network)))
    ?.ends.find((end) => end.host === 'tor1')?.device ?? '';

/** Flows of br-tun by who made them: the agent, or what the switch has heard. */
async function tunnelFlows(cloud: Cloud, host: string): Promise<{ agent: string[]; learned: string[] }> {
  const agent = await cloud.cluster.agent(host);
  const { stdout } = await agent.run(['ovs-ofctl', '--no-stats', '-O', 'OpenFlow14', 'dump-flows', 'br-tun']);
  const lines = stdout.split('\n').filter((line) => line.includes('cookie='));
  const byAgent = (line: string): boolean => !line.includes(`cookie=${LEARNED_COOKIE}`);
  return { agent: lines.filter(byAgent).toSorted(), learned: lines.filter((line) => !byAgent(line)) };
}

scenario(
  'the new host announces every address on both sides, and the physical switch looks for the router there',
  { needs: NEEDS },
  async ({ cloud, watch }) => {
    const host = await activeHost(cloud);
    const other = otherHost(host);
    const mac = (port: string): string => cloud.topology.ports[port]?.mac_address ?? '';
    const gateway = mac('r1-gateway');
    expect(await learnedPort(cloud, 'tor1', gateway)).toBe(cableOf(cloud, host, 'external'));

    await using killed = new AsyncDisposableStack();
    const { frames } = await watch(
      'a fail-over',
      async () => {
        killed.use(await killKeepalived(cloud, placeOf(cloud, host), 'parent'));
        await untilActiveOn(cloud, [other]);
      },
      // A step is judged with one active host, and in this one two speak: the one that goes and the one that comes.
      { oracle: 'off' },
    );
    expect(announced(frames, other)).toEqual([
      `qg 203.0.113.100 at ${gateway}`,
      `qg ${FLOATING} at ${gateway}`,
      `qr 10.0.1.1 at ${mac('r1-red-subnet')}`,
      `qr 10.0.2.1 at ${mac('r1-blue-subnet')}`,
    ]);
    expect(announced(frames, host)).toEqual([]);
    expect(await learnedPort(cloud, 'tor1', gateway)).toBe(cableOf(cloud, other, 'external'));
  },
);

scenario(
  'compute hosts follow without being told: no flow of an agent changes, and what they had heard does',
  { needs: ['l2_population', ...NEEDS] },
  async ({ cloud, ping }) => {
    const host = await activeHost(cloud);
    const other = otherHost(host);
    const first = await ping('red1', 'blue2');
    expect(first.outcome).toMatchObject({ outcome: 'reply' });
    expect(first.request).toTouch(host);
    const mac = cloud.topology.ports['r1-red-subnet']?.mac_address ?? '';
    const before = await tunnelFlows(cloud, 'compute1');
    const way = (flows: readonly string[]): string | undefined =>
      /output:(\d+)/u.exec(flows.find((flow) => flow.includes(`dl_dst=${mac}`)) ?? '')?.[1];
    expect(
      before.agent.filter((flow) => flow.includes(mac)),
      'told by l2population',
    ).toEqual([]);
    {
      await using _killed = await killKeepalived(cloud, placeOf(cloud, host), 'parent');
      await untilActiveOn(cloud, [other]);
      const { outcome, request } = await ping('red1', 'blue2');
      expect(outcome).toMatchObject({ outcome: 'reply' });
      expect(request).toTouch(other);
      expect(request).not.toTouch(host);
    }
    const after = await tunnelFlows(cloud, 'compute1');
    expect(after.agent).toEqual(before.agent);
    expect(way(before.learned)).toBeDefined();
    expect(way(after.learned)).toBeDefined();
    expect(way(after.learned)).not.toBe(way(before.learned));
  },
);

scenario(
  'ten floating IPs that come one after the other cost no host its place and no connection a packet',
  { needs: ['floatingips', ...NEEDS] },
  async ({ api, cloud, watch }) => {
    const host = await activeHost(cloud);
    const hosts = holders(cloud);
    const states = () => Promise.all(hosts.map((node) => statesOf(cloud, node)));
    const before = await states();

    const outside = await cloud.cluster.agent('internet1');
    await using talk = await stream(outside, '', FLOATING);
    await talk.answered(20);
    for (const [at, fixed_ip_address] of INSIDE.entries()) {
      const floating_ip_address = OUTSIDE[at] ?? '';
      const to = { port: 'many', fixed_ip_address };
      await api.floatingIps.create(`more${at}`, { floating_network: 'public', floating_ip_address, ...to });
    }
    await talk.answered(20);
    const { lost, duplicated, reordered } = await talk.stop();
    expect(await states(), `states of VRRP of ${hosts.join(' and ')}`).toEqual(before);
    expect(await activeHost(cloud)).toBe(host);
    expect({ lost, duplicated, reordered }, 'packets meanwhile').toEqual({
      lost: [],
      duplicated: [],
      reordered: [],
    });
    const { value, journeys } = await watch('a ping of each', () =>
      Promise.all(OUTSIDE.map((address) => echo(outside, '', address))),
    );
    expect(value).toMatchObject(OUTSIDE.map((from) => ({ outcome: 'reply', from })));
    const requests = journeys.filter(({ headers }) => headers.icmp?.type === 8);
    expect(requests).toHaveLength(OUTSIDE.length);
    for (const request of requests) expect(request).toTouch(host);
  },
);
