/** Several L3 and DHCP agents: what one of them held goes to another when its node dies. */
import { expect } from 'vitest';
import { dhcp } from '../../src/probe/index.ts';
import {
  cloudDocument,
  cutOff,
  guest,
  learnedPort,
  scenarios,
  service,
  type Stage,
  tap,
  wire,
} from '../../src/scenario/index.ts';

const document = await cloudDocument('agents-routed');
const scenario = scenarios({ cloud: document, capability: 'agents' });
const needs = ['routers', 'floatingips', 'vxlan', 'dhcp'];
const FLOATING = '203.0.113.110';
const INTERNET = '198.51.100.10';

/** Until the agents' silence is noticed the oracle, which takes every host for alive, has nothing to say. */
const UNNOTICED = { oracle: 'off', timeout: 0.3 } as const;

/** Where the physical switch would send what is for an address. */
async function portOf({ cloud }: Stage, mac: string): Promise<string | undefined> {
  const name = await learnedPort(cloud, 'tor1', mac);
  const link = cloud.topology.underlay.links.find(({ ends }) =>
    ends.some(({ host, device }) => host === 'tor1' && device === name),
  );
  return link?.ends.find(({ host }) => host !== 'tor1')?.host;
}

const holds = async ({ cloud }: Stage, host: string, kind: 'qrouter-' | 'qdhcp-'): Promise<boolean> => {
  const agent = await cloud.cluster.agent(host);
  return (await agent.run(['ip', 'netns', 'list'])).stdout.includes(kind);
};

scenario(
  'a router is scheduled anew when its node dies: announced by the other node, and reached over it',
  { needs },
  async (stage) => {
    const { api, cloud, ping, tcp, watch } = stage;
    const gateway = cloud.topology.ports['r1-gateway']?.mac_address ?? '';
    expect((await ping('internet1', FLOATING)).request).toTouch('network1');
    expect((await ping('red2', 'blue1')).request).toTouch('network1');
    expect(await portOf(stage, gateway)).toBe('network1');

    await using _dead = await cutOff(cloud, 'network1');
    for (const [from, to] of [
      ['red2', '10.0.2.11'],
      ['red2', INTERNET],
      ['internet1', FLOATING],
    ] as const)
      expect((await ping(from, to, UNNOTICED)).outcome.outcome, `${from} to ${to}`).not.toBe('reply');
    const elsewhere = await ping('green1', INTERNET, { oracle: 'off' });
    expect(elsewhere.outcome, 'green1 by the other node').toMatchObject({ outcome: 'reply' });

    const { journeys, value } = await watch('the agents of network1 no longer report', () =>
      api.agents.lost('network1'),
    );
    // One difference, which leaves the dead node alone.
    const onDead = value.changes.filter((change) => 'node' in change && change.node === 'network1');
    expect(onDead, 'changes on the dead node').toEqual([]);
    const announced = journeys.filter(({ headers: { arp } }) => arp?.sender_ip === FLOATING);
    expect(new Set(announced.map(({ headers: { arp } }) => arp?.operation))).toEqual(
      new Set(['request', 'reply']),
    );
    for (const journey of announced) {
      expect(journey.headers.arp?.sender_mac).toBe(gateway);
      expect(journey).toTouch('network2');
      expect(journey).toTouch('upstream1');
    }
    expect(await portOf(stage, gateway)).toBe('network2');

    // The router that was there already has gone nowhere, and says nothing.
    const other = cloud.topology.ports['r2-gateway']?.mac_address;
    const said = journeys.flatMap(({ headers: { arp } }) => (arp?.sender_mac === other ? arp : []));
    expect(said, 'ARP of r2').toEqual([]);
    expect((await ping('green1', INTERNET)).request).toTouch('network2');

    const { outcome, request, reply } = await ping('red2', 'blue1');
    expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
    const red = { tunnel: { type: 'vxlan', id: 7001, dst_ip: '172.31.1.22' } } as const;
    const blue = { tunnel: { type: 'vxlan', id: 7002, src_ip: '172.31.1.22' } } as const;
    expect(request).toTravel(
      guest('red2', { ttl: 64 }),
      tap('compute2'),
      wire('compute2', 'tor1', red),
      wire('tor1', 'network2', red),
      service('network2', 'in', { ttl: 64 }),
      service('network2', 'out', { ttl: 63 }),
      wire('network2', 'tor1', blue),
      wire('tor1', 'compute2', blue),
      tap('compute2'),
      guest('blue1', { ttl: 63 }),
    );
    expect(reply).toTouch('network2');
    expect((await ping('red2', INTERNET)).outcome).toMatchObject({ outcome: 'reply', ttl: 62 });
    const inward = await ping('internet1', FLOATING);
    expect(inward.outcome).toMatchObject({ outcome: 'reply', from: FLOATING });
    expect(inward.request).toArriveAt('red1');
    expect((await tcp('internet1', FLOATING, { at: 'red1' })).value.outcome).toBe('exchanged');
  },
);

scenario(
  'a node that comes back holds the router no longer, and nothing is scheduled back to it',
  { needs },
  async (stage) => {
    const { api, cloud, ping } = stage;
    const gateway = cloud.topology.ports['r1-gateway']?.mac_address ?? '';
    const dead = await cutOff(cloud, 'network1');
    await api.agents.lost('network1');
    // Nobody could tell it.
    expect(await holds(stage, 'network1', 'qrouter-'), 'the lost node still holds r1').toBe(true);
    await api.agents.back('network1');
    await dead.restore();
    expect(await holds(stage, 'network1', 'qrouter-'), 'the node that is back holds r1').toBe(false);
    expect(await holds(stage, 'network1', 'qdhcp-'), 'the node that is back serves DHCP').toBe(false);
    for (const [from, to] of [
      ['red2', 'blue1'],
      ['red1', INTERNET],
      ['internet1', FLOATING],
    ] as const) {
      const { outcome, request } = await ping(from, to);
      expect(outcome, `${from} to ${to}`).toMatchObject({ outcome: 'reply' });
      expect(request).toTouch('network2');
      expect(request).not.toTouch('network1');
    }
    expect(await portOf(stage, gateway)).toBe('network2');
  },
);

scenario(
  'DHCP of a network is scheduled anew as well, and serves from the address that it had',
  { needs },
  async (stage) => {
    const { api, cloud, watch } = stage;
    const address = cloud.topology.ports['dhcp-red-1']?.fixed_ips[0]?.ip_address;
    await using _dead = await cutOff(cloud, 'network1');
    const guests = await cloud.guests();
    const ask = () => dhcp(guests, 'red1', { tries: 1, pause: 1 });
    expect((await watch('red1 asks by DHCP', ask, { oracle: 'off' })).value.outcome).toBe('no-answer');
    await api.agents.lost('network1');
    const { value, journeys } = await watch('red1 asks again', () => dhcp(guests, 'red1'));
    expect(value).toMatchObject({ outcome: 'bound' });
    const discover = journeys.find(({ headers }) => headers.dst_port === 67);
    expect(discover).toTouch('network2');
    expect(cloud.topology.ports['dhcp-red-1']?.fixed_ips[0]?.ip_address).toBe(address);
  },
);
