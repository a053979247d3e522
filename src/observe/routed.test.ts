import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Headers, Hop, Sighting } from '../journey/types.ts';
import type { WireState } from '../state/index.ts';
import { assemble } from './assemble.ts';
import { guestWire, serviceNode, underlayWire, wires } from './frames.fixture.ts';
import { pointsOf } from './points.ts';

/** Two routers and a DHCP server on the gateway. */
const points = pointsOf(
  wires,
  {},
  {
    gateway1: serviceNode({
      'qrouter-1': { 'qr-a': '10.0.1.1', 'qr-b': '10.0.2.1', 'qg-1': '203.0.113.100' },
      'qrouter-2': { 'qr-c': '10.0.3.1', 'qg-2': '203.0.113.101' },
      'qdhcp-1': { 'tap-d': '10.0.1.2' },
    }),
  },
);

const sent: Headers = {
  src_mac: 'fa:16:3e:00:00:01',
  dst_mac: 'fa:16:3e:00:00:0a',
  ethertype: 0x0800,
  src_ip: '10.0.1.11',
  dst_ip: '10.0.2.11',
  ttl: 64,
};
/** As the next router sends it on. */
const routed = (before: Headers, more: Partial<Headers> = {}): Headers => ({
  ...before,
  src_mac: `r${before.src_mac}`,
  dst_mac: `r${before.dst_mac}`,
  ttl: (before.ttl ?? 0) - 1,
  ...more,
});

/** `web1:eth0 out 12`: point, direction, microseconds; with the headers that hold from there on. */
function see(...entries: readonly (string | Headers)[]): Sighting[] {
  let headers = sent;
  const sightings: Sighting[] = [];
  for (const entry of entries) {
    if (typeof entry !== 'string') {
      headers = entry;
      continue;
    }
    const [point = '', direction, us] = entry.split(' ');
    const time = BigInt(Number(us) * 1000);
    sightings.push({ point, direction: direction as 'in' | 'out', time, headers, frame: sightings.length });
  }
  return sightings;
}

/** One word a hop, copies in parentheses, sorted. */
function shape(hop: Hop): string {
  const name =
    hop.kind === 'wire'
      ? `${hop.node}>${hop.to}`
      : `${hop.node}:${hop.device}${hop.kind === 'namespace' ? ` ${hop.direction}` : ''}`;
  if (hop.next.length === 0) return name;
  if (hop.next.length === 1) return `${name}, ${shape(hop.next[0] as Hop)}`;
  return `${name} (${hop.next.map(shape).toSorted().join(' | ')})`;
}
const shapes = (sightings: readonly Sighting[]): string[] => assemble(sightings, points).map(shape);

const toGateway = [
  'web1:eth0 out 0',
  'compute1:tap11111111-11 in 5',
  'compute1:eth1 out 20',
  'tor1:swp1 in 25',
  'tor1:swp3 out 30',
  'gateway1:eth1 in 35',
];
const toGatewayShape = 'web1:eth0, compute1:tap11111111-11, compute1>tor1, tor1>gateway1';

test('through a router and back onto the cable by which it came', () => {
  const one = routed(sent);
  const way = see(
    ...toGateway,
    'gateway1:qr-a in 40',
    one,
    'gateway1:qr-b out 42',
    'gateway1:eth1 out 50',
    'tor1:swp3 in 52',
    'tor1:swp2 out 54',
    'compute2:eth1 in 56',
    'compute2:tap22222222-22 out 60',
    'web2:eth0 in 62',
  );
  expect(shapes(way)).toEqual([
    `${toGatewayShape}, gateway1:qr-a in, gateway1:qr-b out, gateway1>tor1, tor1>compute2, compute2:tap22222222-22, web2:eth0`,
  ]);
  const hop = assemble(way, points)[0]?.next[0]?.next[0]?.next[0]?.next[0];
  expect(hop).toMatchObject({ kind: 'namespace', direction: 'in', object: 'port of qr-a 10.0.1.1' });
});

test('a floating IP on the same router: translated, and out where it came in', () => {
  const back = routed(sent, { dst_ip: '10.0.1.12' });
  const hairpin = see(
    ...toGateway,
    'gateway1:qr-a in 40',
    back,
    'gateway1:qr-a out 42',
    'gateway1:eth1 out 50',
    'tor1:swp3 in 52',
  );
  expect(shapes(hairpin)).toEqual([`${toGatewayShape}, gateway1:qr-a in, gateway1:qr-a out, gateway1>tor1`]);
});

test('from one router to another on the same node', () => {
  const first = routed(sent, { src_ip: '203.0.113.100' });
  const second = routed(first, { dst_ip: '10.0.3.5' });
  const way = see(
    ...toGateway,
    'gateway1:qr-a in 40',
    first,
    'gateway1:qg-1 out 42',
    'gateway1:qg-2 in 45',
    second,
    'gateway1:qr-c out 47',
    'gateway1:eth1 out 50',
    'tor1:swp3 in 52',
  );
  const expected = [
    `${toGatewayShape}, gateway1:qr-a in, gateway1:qg-1 out, gateway1:qg-2 in, gateway1:qr-c out, gateway1>tor1`,
  ];
  expect(shapes(way)).toEqual(expected);
  const same = way.map((one) => ({ ...one, time: 0n }));
  expect(shapes(same.toReversed())).toEqual(expected);
});

test('a copy that the switch holds up comes from the cable, not from the router that was quicker', () => {
  const one = routed(sent);
  const way = see(
    ...toGateway,
    'gateway1:qr-a in 40',
    'gateway1:tap-d in 48',
    one,
    'gateway1:qr-b out 42',
    'gateway1:eth1 out 50',
    'tor1:swp3 in 51',
  );
  expect(shapes(way)).toEqual([
    `${toGatewayShape} (gateway1:qr-a in, gateway1:qr-b out, gateway1>tor1 | gateway1:tap-d in)`,
  ]);
});

test('a router that asks for its neighbour first', () => {
  const one = routed(sent);
  const way = see(
    ...toGateway,
    'gateway1:qr-a in 40',
    one,
    'gateway1:qr-b out 1900000',
    'gateway1:eth1 out 1900010',
    'tor1:swp3 in 1900012',
  );
  expect(shapes(way)).toEqual([`${toGatewayShape}, gateway1:qr-a in, gateway1:qr-b out, gateway1>tor1`]);
});

test('a router’s own packet begins in its namespace, and reaches another one on the node', () => {
  expect(shapes(see('gateway1:qr-a out 0', 'gateway1:tap-d in 3'))).toEqual([
    'gateway1:qr-a out, gateway1:tap-d in',
  ]);
});

// ------------------------------------------------------------------------------------------ any way

interface Plan {
  readonly wires: WireState[];
  readonly nodes: Record<string, ReturnType<typeof serviceNode>>;
  readonly sightings: Sighting[];
  readonly shape: string;
}

/** Ways of any shape through switches and namespaces, with stamps that may be inverted by some µs. */
const plans = fc.gen().map((g): Plan => {
  const cables: WireState[] = [];
  const namespaces: Record<string, Record<string, Record<string, string>>> = {};
  const sightings: Sighting[] = [];
  const entered = new Set<string>();
  let serial = 0;
  const add = (point: string, direction: 'in' | 'out', time: bigint, headers: Headers): void => {
    const stamp = g(rarely) ? time - 3000n : time;
    sightings.push({ point, direction, time: stamp, headers, frame: sightings.length });
  };
  const device = (node: string, namespace: string): string => {
    const name = `d${++serial}`;
    ((namespaces[node] ??= {})[namespace] ??= {})[name] = '10.0.0.1';
    return name;
  };

  /** What the switch of a node does with a frame, as the shapes of the branches. */
  const atSwitch = (node: string, headers: Headers, arrived: bigint, depth: number): string => {
    let time = arrived;
    const branches = Array.from({ length: g(fanOut) }, () => {
      time += 5000n + BigInt(g(gap)) * 100n;
      const kind = depth > 5 ? 'tap' : g(kinds);
      if (kind === 'tap') {
        const wire = guestWire(`guest${++serial}`, node, `tap${serial}`);
        cables.push(wire);
        add(`${node}:tap${serial}`, 'out', time, headers);
        add(`guest${serial}:eth0`, 'in', time + 1000n, headers);
        return `${node}:tap${serial}, guest${serial}:eth0`;
      }
      if (kind === 'wire') {
        const far = `n${++serial}`;
        cables.push(underlayWire(node, `eth${serial}`, far, `swp${serial}`));
        add(`${node}:eth${serial}`, 'out', time, headers);
        add(`${far}:swp${serial}`, 'in', time + 1000n, headers);
        return `${node}>${far}${atSwitch(far, headers, time + 1000n, depth + 1)}`;
      }
      return inNamespace(node, headers, time, depth);
    });
    if (branches.length === 0) return '';
    return branches.length === 1 ? `, ${branches[0]}` : ` (${branches.toSorted().join(' | ')})`;
  };

  const inNamespace = (node: string, headers: Headers, time: bigint, depth: number): string => {
    // A namespace that the packet has been in already, or another one. No header tells apart two copies that come to
    // one namespace with the same TTL: none of them does here.
    const entry = (name: string): string => `${node} ${name} ${headers.ttl}`;
    const known = Object.keys(namespaces[node] ?? {}).find((name) => !entered.has(entry(name)));
    const namespace = g(fc.boolean) && known !== undefined ? known : `ns${++serial}`;
    entered.add(entry(namespace));
    const inside = device(node, namespace);
    add(`${node}:${inside}`, 'in', time, headers);
    if (g(rarely)) return `${node}:${inside} in`;
    const outside = g(rarely) ? inside : device(node, namespace);
    const nat = g(translations);
    const next = routed(headers, {
      src_mac: `m${++serial}`,
      dst_mac: `m${++serial}`,
      ...(nat && { [nat]: `ip${serial}` }),
    });
    const left = time + 2000n + BigInt(g(gap)) * 100n;
    add(`${node}:${outside}`, 'out', left, next);
    return `${node}:${inside} in, ${node}:${outside} out${atSwitch(node, next, left, depth + 1)}`;
  };

  cables.push(guestWire('source', 'n0', 'tap0'));
  add('source:eth0', 'out', 1_000_000n, sent);
  add('n0:tap0', 'in', 1_001_000n, sent);
  const shapeOfAll = `source:eth0, n0:tap0${atSwitch('n0', sent, 1_001_000n, 0)}`;
  const nodes = Object.fromEntries(Object.entries(namespaces).map(([node, all]) => [node, serviceNode(all)]));
  return { wires: cables, nodes, sightings, shape: shapeOfAll };
});
const gap = (): fc.Arbitrary<number> => fc.nat(200);
const fanOut = (): fc.Arbitrary<number> => fc.constantFrom(0, 1, 1, 2, 3);
const rarely = (): fc.Arbitrary<boolean> => fc.nat(5).map((n) => n === 0);
const kinds = (): fc.Arbitrary<'tap' | 'wire' | 'namespace'> =>
  fc.constantFrom('tap', 'wire', 'namespace', 'namespace');
const translations = (): fc.Arbitrary<'src_ip' | 'dst_ip' | undefined> =>
  fc.constantFrom('src_ip', 'dst_ip', undefined);

test('any way through switches and namespaces is recovered, in whatever order its sightings come', () => {
  fc.assert(
    fc.property(plans, fc.infiniteStream(fc.nat()), (plan, noise) => {
      const shuffled = plan.sightings
        .map((sighting) => [noise.next().value as number, sighting] as const)
        .toSorted(([a], [b]) => a - b)
        .map(([, sighting]) => sighting);
      const known = pointsOf(Object.fromEntries(plan.wires.map((wire) => [wire.key, wire])), {}, plan.nodes);
      expect(assemble(shuffled, known).map(shape)).toEqual([plan.shape]);
    }),
    { numRuns: 300 },
  );
});
