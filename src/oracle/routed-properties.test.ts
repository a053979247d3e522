import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compare } from '../journey/compare.ts';
import type { ExpectedHop, ExpectedJourney } from '../journey/types.ts';
import { judge } from '../journey/verdict.ts';
import { assemble } from '../observe/assemble.ts';
import type { Topology } from '../topology/topology.ts';
import { membersOf } from './outsiders.ts';
import type { IpPacket } from './packets.ts';
import { base, hopsOf, lastOf, type Parts, routed, Talk, tcp } from './routed.fixture.ts';
import { allPoints, sightingsOf } from './sightings.fixture.ts';

const SENDERS = ['web1', 'web2', 'db1', 'db2', 'desk', 'wine', 'internet1', 'metal1'];
const SUBNETS = ['web-subnet', 'db-subnet'] as const;
/** Whatever a translator has chosen. */
const SOME_PORT = 50_000;

/** A router, servers anywhere, floating IPs for some; and packets from everybody to everybody. */
const questions = fc
  .record({
    hosts: fc.array(fc.constantFrom('compute1', 'compute2'), { minLength: 6, maxLength: 6 }),
    attached: fc.subarray([...SUBNETS]),
    external: fc.boolean(),
    enable_snat: fc.boolean(),
    types: fc.array(fc.constantFrom('vxlan', 'gre'), { minLength: 2, maxLength: 2 }),
    floating: fc.subarray(['web1', 'web2', 'db1', 'db2']),
    firewall_driver: fc.constantFrom('noop', 'openvswitch', 'iptables_hybrid'),
    l2_population: fc.boolean(),
    allowed: fc.boolean(),
    floats: fc.boolean(),
    ttl: fc.constantFrom(1, 2, 3, 64, 64, 64),
  })
  .map((pick) => {
    const { attached, external, enable_snat, floating, firewall_driver, l2_population } = pick;
    const names = Object.keys(base.servers) as (keyof typeof base.servers)[];
    const reached = floating.filter((name) =>
      attached.includes(name.startsWith('web') ? 'web-subnet' : 'db-subnet'),
    );
    const type = (index: number, id: number) =>
      ({ 'provider:network_type': pick.types[index] ?? 'vxlan', 'provider:segmentation_id': id }) as const;
    const parts: Parts = {
      options: { firewall_driver, l2_population, arp_responder: l2_population },
      networks: { ...base.networks, web: type(0, 7001), db: type(1, 7002) },
      routers: {
        r1: {
          interfaces: attached,
          ...(external ? { external_gateway_info: { network: 'public', enable_snat } } : {}),
        },
      },
      servers: Object.fromEntries(
        names.map((name, at) => [
          name,
          { ...base.servers[name], host: pick.hosts[at] ?? 'compute1', security_groups: ['open'] },
        ]),
      ),
      security_groups: {
        open: { security_group_rules: pick.allowed ? [{ direction: 'ingress', protocol: 'tcp' }] : [] },
      },
      floatingips: external
        ? Object.fromEntries(
            reached.map((server, at) => [
              `to-${server}`,
              {
                floating_network: 'public',
                floating_ip_address: `203.0.113.${150 + at}`,
                server,
              },
            ]),
          )
        : {},
    };
    const topology = routed(parts);
    const packets = SENDERS.flatMap((from) =>
      [...SENDERS, 'router'].flatMap((to) =>
        to === from ? [] : [packetOf(topology, { ...pick, from, to })],
      ),
    );
    return { topology, packets };
  });

const OUTSIDE: Readonly<Record<string, string>> = { internet1: '198.51.100.10', metal1: '10.0.50.9' };
const addressOf = ({ ports }: Topology, name: string): string =>
  OUTSIDE[name] ?? ports[`${name}-eth0`]?.fixed_ips[0]?.ip_address ?? '10.0.1.1';

function packetOf(
  topology: Topology,
  pick: { from: string; to: string; floats: boolean; ttl: number },
): IpPacket {
  const { from, to, floats, ttl } = pick;
  const floating = topology.floatingips[`to-${to}`]?.floating_ip_address;
  const destination = floats && floating !== undefined ? floating : addressOf(topology, to);
  const sender = OUTSIDE[from] === undefined ? `${from}-eth0` : from;
  return tcp(sender, '0.0.0.0:4000', '0.0.0.0:80', {
    src_ip: addressOf(topology, from),
    dst_ip: destination,
    ttl,
  });
}

/** The first hop of every journey over one network: what a machine or a router sends. */
function* legs(hops: readonly ExpectedHop[]): Generator<ExpectedHop[]> {
  const [only] = hops;
  if (!only || hops.length > 1) return;
  const leg: ExpectedHop[] = [];
  let hop: ExpectedHop | undefined = only;
  while (hop) {
    leg.push(hop);
    const next: ExpectedHop | undefined = hop.next[0];
    if (next && next.headers.ttl !== hop.headers.ttl) {
      yield leg.splice(0);
    }
    hop = next;
  }
  yield leg;
}

test('a prediction of a routed packet that comes true is recognised', () => {
  fc.assert(
    fc.property(questions, ({ topology, packets }) => {
      const points = allPoints(topology);
      for (const journey of packets.flatMap((packet) => new Talk(topology).all(packet))) {
        const { receivers = [], bystanders = [], verdict: expected } = journey;
        const roots = assemble(sightingsOf(journey, points), points);
        if (journey.roots.length === 0) continue;
        const { verdict } = judge(roots, { receivers, bystanders, verdict: expected });
        const { differences } = compare(journey, { packet: journey.packet, verdict, roots });
        expect(differences).toEqual([]);
      }
    }),
    { numRuns: 40 },
  );
});

test('an answer gets back to where the packet came from, as if nobody had translated anything', () => {
  fc.assert(
    fc.property(questions, ({ topology, packets }) => {
      for (const packet of packets) {
        const [back, expected] = answerOf(topology, packet) ?? [];
        expect(back && [back.verdict, back.receivers, lastOf(back).headers]).toEqual(expected);
      }
    }),
    { numRuns: 40 },
  );
});

/** The answer to a packet that arrives, and how it must arrive; undefined where there can be none. */
function answerOf(topology: Topology, packet: IpPacket): [ExpectedJourney, unknown] | undefined {
  const talk = new Talk(topology);
  const there = talk.own(packet);
  if (there.verdict !== 'delivered' || there.receivers?.length !== 1) return undefined;
  const { src_ip, dst_ip, src_port = SOME_PORT, dst_port } = lastOf(there).headers;
  const receiver = membersOf(topology).find(({ point }) => point === there.receivers?.[0]);
  const back = talk.own({
    kind: 'ip',
    from: receiver?.kind === 'outsider' ? receiver.host : (receiver?.name ?? ''),
    src_ip: dst_ip ?? '',
    dst_ip: src_ip ?? '',
    protocol: 6,
    src_port: dst_port ?? 0,
    dst_port: src_port ?? 0,
  });
  // Without SNAT nobody outside knows where to answer.
  const plain = topology.routers['r1']?.external_gateway_info?.enable_snat === false;
  if (plain && receiver?.kind === 'outsider' && back.verdict === 'no-route') return undefined;
  const sender = membersOf(topology).find((one) =>
    one.kind === 'outsider' ? one.host === packet.from : one.name === packet.from,
  );
  const headers: unknown = expect.objectContaining({
    src_ip: packet.dst_ip,
    src_port: packet.dst_port,
    dst_ip: packet.src_ip,
    dst_port: packet.src_port,
  });
  return [back, ['delivered', [sender?.point], headers]];
}

test('between routers a packet stays on one network, and each router takes one from the TTL', () => {
  fc.assert(
    fc.property(questions, ({ topology, packets }) => {
      const members = membersOf(topology);
      for (const journey of packets.flatMap((packet) => new Talk(topology).all(packet))) {
        const legged = [...legs(journey.roots)];
        const first = Number(legged[0]?.[0]?.headers.ttl);
        for (const [at, leg] of legged.entries()) {
          const worn = new Set(
            leg.flatMap(({ kind, headers: { tunnel } }) =>
              kind === 'wire' ? [tunnel ? `${tunnel.type} ${tunnel.id}` : 'bare'] : [],
            ),
          );
          expect(worn.size).toBeLessThanOrEqual(1);
          const networks = new Set(
            leg.flatMap(({ kind, node, device }) =>
              members.flatMap((one) =>
                kind !== 'wire' && one.point === `${node}:${device}` ? [one.segment] : [],
              ),
            ),
          );
          expect(networks.size).toBeLessThanOrEqual(1);
          expect(leg.map(({ headers }) => headers.ttl)).toEqual(leg.map(() => first - at));
        }
        expectNoStrangers(topology, journey);
      }
    }),
    { numRuns: 40 },
  );
});

/** Nobody is named twice, and every guest is a receiver, a bystander, the sender or forbidden. */
function expectNoStrangers(topology: Topology, journey: ExpectedJourney): void {
  const named = [...(journey.receivers ?? []), ...(journey.bystanders ?? [])];
  expect(new Set(named).size).toBe(named.length);
  const guests = hopsOf(journey.roots).filter(({ kind }) => kind === 'guest');
  const seen = new Set(guests.map(({ node, device }) => `${node}:${device}`));
  expect(journey.forbidden?.filter((point) => seen.has(point))).toEqual([]);
  const unseen = membersOf(topology).filter(({ kind, point }) => kind === 'guest' && !seen.has(point));
  expect(journey.forbidden).toEqual(expect.arrayContaining(unseen.map(({ point }) => point)));
}
