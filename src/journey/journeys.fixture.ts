/** Journeys for tests: a ping across two hosts by VXLAN, and parts to build others. */
import type { BridgeStep, ExpectedHop, ExpectedJourney, Headers, Hop, Journey, Tunnel } from './types.ts';

export const START = 1_700_000_000_000_000_000n;

export const tunnel: Tunnel = {
  type: 'vxlan',
  id: 5001,
  src_ip: '172.31.1.11',
  dst_ip: '172.31.1.12',
  src_mac: '0a:00:00:00:00:0b',
  dst_mac: '0a:00:00:00:00:0c',
  dst_port: 4789,
  ttl: 64,
  df: true,
};

export const echo: Headers = {
  src_mac: 'fa:16:3e:00:00:01',
  dst_mac: 'fa:16:3e:00:00:02',
  ethertype: 0x0800,
  src_ip: '10.0.1.11',
  dst_ip: '10.0.1.12',
  ttl: 64,
  df: true,
  protocol: 1,
  icmp: { type: 8, code: 0, identifier: 0x4fa1, sequence: 1 },
  length: 84,
};

let frames = 0;

/** A hop some microseconds after the start. */
export function hop(
  kind: Hop['kind'],
  place: string,
  us: number,
  headers: Headers,
  next: readonly Hop[] = [],
  more: Partial<Hop> = {},
): Hop {
  const [where = '', device = ''] = place.split(' ');
  const [node = '', to] = where.split('>');
  return {
    kind,
    node,
    device,
    point: `${node}:${device}`,
    ...(to !== undefined && { to }),
    direction: 'out',
    headers,
    time: START + BigInt(us) * 1000n,
    frames: [frames++],
    next,
    ...more,
  };
}

const encapsulated: Headers = { ...echo, tunnel };

export const steps: readonly BridgeStep[] = [
  {
    bridge: 'br-int',
    table: 60,
    priority: 1,
    match: '',
    actions: 'NORMAL',
    cookie: '0x1a2b3c0000000001',
    owner: 'br-int: switch by MAC address within the local VLAN',
  },
  {
    bridge: 'br-tun',
    table: 20,
    priority: 2,
    match: 'dl_vlan=1,dl_dst=fa:16:3e:00:00:02',
    actions: 'strip_vlan,set_field:0x1389->tun_id,output:2',
    cookie: '0x1a2b3c0000000002',
    owner: 'port web2-eth0: VNI 5001 → host compute2',
  },
];

/** What is seen when all is well. */
export function pingJourney(): Journey {
  const end = hop('guest', 'web2 eth0', 98, echo, [], { direction: 'in' });
  const tap2 = hop('tap', 'compute2 tap22222222-22', 91, echo, [end]);
  const down = hop('wire', 'tor1>compute2 swp6', 74, encapsulated, [tap2]);
  const up = hop('wire', 'compute1>tor1 eth1', 40, encapsulated, [down]);
  const tap1 = hop('tap', 'compute1 tap11111111-11', 6, echo, [up], { direction: 'in', bridges: steps });
  return {
    packet: 'icmp echo-request 4fa1/1',
    verdict: 'delivered',
    roots: [hop('guest', 'web1 eth0', 0, echo, [tap1])],
  };
}

/** The expectation that a hop and all after it fulfil exactly, if `pick` says which of its headers count. */
export function expectHop(seen: Hop, pick: (headers: Headers) => ExpectedHop['headers']): ExpectedHop {
  return {
    kind: seen.kind,
    node: seen.node,
    device: seen.device,
    ...(seen.to !== undefined && { to: seen.to }),
    direction: seen.direction,
    headers: pick(seen.headers),
    because: `it goes by ${seen.node}`,
    next: seen.next.map((next) => expectHop(next, pick)),
  };
}

export function pingExpectation(): ExpectedJourney {
  const [root] = pingJourney().roots as [Hop];
  return {
    packet: 'unicast web1-eth0 to web2-eth0',
    verdict: 'delivered',
    receivers: ['web2:eth0'],
    roots: [
      expectHop(root, ({ tunnel: outer, ttl, src_mac, dst_mac }) => ({
        src_mac,
        dst_mac,
        ttl: ttl ?? null,
        vlan: null,
        tunnel: outer ? { type: outer.type, id: outer.id, dst_ip: outer.dst_ip, df: true } : null,
      })),
    ],
  };
}

/** The tree with every hop that `change` gives another shape to; null takes a hop and all after it away. */
export function changeHops(journey: Journey, change: (hop: Hop) => Hop | null): Journey {
  const walk = (one: Hop): Hop[] => {
    const changed = change(one);
    return changed === null ? [] : [{ ...changed, next: changed.next.flatMap(walk) }];
  };
  return { ...journey, roots: journey.roots.flatMap(walk) };
}

/** A ping out to a host beyond the router, by a floating IP's router with SNAT: the way there, seen as it must be. */
export function routedJourney(): Journey {
  const at = (headers: Partial<Headers>): Headers => ({ ...echo, dst_ip: '198.51.100.10', ...headers });
  const inside = at({ dst_mac: 'fa:16:3e:00:00:0a' });
  const outside = at({
    src_mac: 'fa:16:3e:00:00:0b',
    dst_mac: '0a:00:00:00:00:fe',
    src_ip: '203.0.113.100',
    ttl: 63,
    icmp: { type: 8, code: 0, identifier: 0x1234, sequence: 1 },
  });
  const beyond = { ...outside, src_mac: '0a:00:00:00:00:fd', dst_mac: '0a:00:00:00:00:fc', ttl: 62 };
  const internet = hop('wire', 'upstream1>internet1 eth1', 90, beyond, [], { far: 'internet1:eth0' });
  const away = hop('wire', 'gateway1>upstream1 eth2', 70, outside, [internet], { far: 'upstream1:eth0' });
  const gateway = hop('namespace', 'gateway1 qg-22222222-22', 60, outside, [away], {
    object: 'r1-gateway 203.0.113.100',
  });
  const router = hop('namespace', 'gateway1 qr-11111111-11', 52, inside, [gateway], {
    direction: 'in',
    object: 'r1-web-subnet 10.0.1.1',
  });
  const up = hop('wire', 'compute1>gateway1 eth1', 30, { ...inside, tunnel }, [router], {
    far: 'gateway1:eth1',
  });
  const tap = hop('tap', 'compute1 tap11111111-11', 6, inside, [up], { direction: 'in' });
  return {
    packet: 'icmp echo-request 4fa1/1',
    verdict: 'delivered',
    roots: [hop('guest', 'web1 eth0', 0, inside, [tap])],
  };
}
