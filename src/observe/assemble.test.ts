import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Headers, Hop, Sighting } from '../journey/types.ts';
import type { WireState } from '../state/index.ts';
import { assemble } from './assemble.ts';
import { guestWire, underlayWire, wires } from './frames.fixture.ts';
import { pointsOf } from './points.ts';

const points = pointsOf(wires);
const inner: Headers = { src_mac: 'fa:16:3e:00:00:01', dst_mac: 'ff:ff:ff:ff:ff:ff', ethertype: 0x0806 };
const to = (dst_ip: string): Headers => ({
  ...inner,
  tunnel: {
    type: 'vxlan',
    id: 5001,
    src_ip: '172.31.1.11',
    dst_ip,
    src_mac: '0a:00:00:00:00:0b',
    dst_mac: '0a:00:00:00:00:0c',
    dst_port: 4789,
    ttl: 64,
    df: true,
  },
});

/** `web1:eth0 out 12`: point, direction, microseconds. */
function see(texts: readonly (string | readonly [string, Headers])[]): Sighting[] {
  return texts.map((entry, frame) => {
    const [text, headers] = typeof entry === 'string' ? [entry, inner] : entry;
    const [point = '', direction, us] = text.split(' ');
    return { point, direction: direction as 'in' | 'out', time: BigInt(Number(us) * 1000), headers, frame };
  });
}

/** One word a hop, copies in parentheses, sorted. */
function shape(hop: Hop): string {
  const name = `${hop.kind}:${hop.node}${hop.to === undefined ? '' : `>${hop.to}`}:${hop.device}${hop.lost ? ':lost' : ''}`;
  if (hop.next.length === 0) return name;
  if (hop.next.length === 1) return `${name} ${shape(hop.next[0] as Hop)}`;
  return `${name} (${hop.next.map(shape).toSorted().join(' | ')})`;
}
const shapes = (sightings: readonly Sighting[]): string[] => assemble(sightings, points).map(shape);

const across = [
  'web1:eth0 out 0',
  'compute1:tap11111111-11 in 5',
  'compute1:eth1 out 20',
  'tor1:swp1 in 25',
  'tor1:swp2 out 30',
  'compute2:eth1 in 35',
  'compute2:tap22222222-22 out 50',
  'web2:eth0 in 55',
];
const acrossShape =
  'guest:web1:eth0 tap:compute1:tap11111111-11 wire:compute1>tor1:eth1 wire:tor1>compute2:swp2 tap:compute2:tap22222222-22 guest:web2:eth0';

test('a cable is one hop, a guest’s cable two', () => {
  const [root] = assemble(see(across), points) as [Hop];
  expect(shape(root)).toBe(acrossShape);
  const wire = root.next[0]?.next[0];
  expect(wire).toMatchObject({ point: 'compute1:eth1', direction: 'out', time: 20_000n, frames: [2, 3] });
});

test('stamps of one cable the wrong way round do not matter', () => {
  const swapped = across.map((text) => {
    const [point, direction, us] = text.split(' ');
    return direction === 'in' ? `${point} in ${Number(us) - 7}` : `${point} out ${us}`;
  });
  expect(shapes(see(swapped))).toEqual([acrossShape]);
});

test('equal stamps everywhere', () => {
  const same = across.map((text) => text.replace(/\d+$/, '0'));
  expect(shapes(see(same))).toEqual([acrossShape]);
});

test('what the guest sends twice are two roots', () => {
  const later = across.map((text) => text.replace(/\d+$/, (us) => String(Number(us) + 1_000_000)));
  expect(shapes(see([...later, ...across]))).toEqual([acrossShape, acrossShape]);
});

test('the first one lost: the arrival belongs to the second', () => {
  const first = across.slice(0, 3);
  const later = across.map((text) => text.replace(/\d+$/, (us) => String(Number(us) + 1_000_000)));
  expect(shapes(see([...first, ...later]))).toEqual([
    'guest:web1:eth0 tap:compute1:tap11111111-11 wire:compute1>tor1:eth1:lost',
    acrossShape,
  ]);
});

test('copies in different tunnels through the same devices at the same time', () => {
  const a = to('172.31.1.12');
  const b = to('172.31.1.21');
  const flood = see([
    'web1:eth0 out 0',
    'compute1:tap11111111-11 in 5',
    'compute1:tap33333333-33 out 8',
    'web3:eth0 in 9',
    ['compute1:eth1 out 10', a],
    ['compute1:eth1 out 11', b],
    ['tor1:swp1 in 12', a],
    ['tor1:swp1 in 13', b],
    ['tor1:swp3 out 14', b],
    ['tor1:swp2 out 15', a],
    ['gateway1:eth1 in 16', b],
    ['compute2:eth1 in 17', a],
    'compute2:tap22222222-22 out 20',
    'web2:eth0 in 21',
  ]);
  expect(shapes(flood)).toEqual([
    'guest:web1:eth0 tap:compute1:tap11111111-11 (' +
      [
        'tap:compute1:tap33333333-33 guest:web3:eth0',
        'wire:compute1>tor1:eth1 wire:tor1>compute2:swp2 tap:compute2:tap22222222-22 guest:web2:eth0',
        'wire:compute1>tor1:eth1 wire:tor1>gateway1:swp3',
      ].join(' | ') +
      ')',
  ]);
});

test('a copy that a busy switch holds up is still that of its own tunnel', () => {
  const held = see([
    ['compute1:eth1 out 20', to('172.31.1.12')],
    ['tor1:swp1 in 25', to('172.31.1.12')],
    ['compute1:eth1 out 21', to('172.31.1.13')],
    ['tor1:swp1 in 90000', to('172.31.1.13')],
    ['tor1:swp2 out 90700', to('172.31.1.12')],
    ['tor1:swp2 out 90800', to('172.31.1.13')],
  ]);
  const roots = assemble(held, points);
  const destinations = roots.map((root) => [root, ...root.next].map(({ headers }) => headers.tunnel?.dst_ip));
  expect(destinations).toEqual([
    ['172.31.1.12', '172.31.1.12'],
    ['172.31.1.13', '172.31.1.13'],
  ]);
});

test('what is said three times in a row and held up by a busy switch is three packets, each with its own arrival', () => {
  const sent = [0, 100, 95_000].flatMap((us) => [
    `web1:eth0 out ${us}`,
    `compute1:tap11111111-11 in ${us + 5}`,
    `compute1:eth1 out ${us + 20}`,
    `tor1:swp1 in ${us + 25}`,
    `tor1:swp2 out ${us + 30}`,
    `compute2:eth1 in ${us + 35}`,
  ]);
  const gone = [102_000, 102_010, 102_020].flatMap((us) => [
    `compute2:tap22222222-22 out ${us}`,
    `web2:eth0 in ${us + 5}`,
  ]);
  expect(shapes(see([...sent, ...gone]))).toEqual([acrossShape, acrossShape, acrossShape]);
});

test('a second copy on the same device is a second branch', () => {
  const twice = see([...across, 'compute2:tap22222222-22 out 60', 'web2:eth0 in 65']);
  expect(shapes(twice)[0]).toContain(
    '(tap:compute2:tap22222222-22 guest:web2:eth0 | tap:compute2:tap22222222-22 guest:web2:eth0)',
  );
});

test('a reply that a host makes starts at its tap', () => {
  expect(shapes(see(['compute1:tap11111111-11 out 3', 'web1:eth0 in 4']))).toEqual([
    'tap:compute1:tap11111111-11 guest:web1:eth0',
  ]);
});

test('a host that answers later out of its memory starts anew', () => {
  const later = see([...across, 'compute1:tap33333333-33 out 9000000', 'web3:eth0 in 9000003']);
  expect(shapes(later)).toEqual([acrossShape, 'tap:compute1:tap33333333-33 guest:web3:eth0']);
});

test('a hairpin: out where it came in', () => {
  const hairpin = see([
    'web1:eth0 out 0',
    'compute1:tap11111111-11 in 1',
    'compute1:tap11111111-11 out 2',
    'web1:eth0 in 3',
  ]);
  expect(shapes(hairpin)).toEqual([
    'guest:web1:eth0 tap:compute1:tap11111111-11 tap:compute1:tap11111111-11 guest:web1:eth0',
  ]);
});

test('a cable of which only the far end was seen', () => {
  const [root] = assemble(see(across.slice(3)), points) as [Hop];
  expect(root).toMatchObject({
    kind: 'wire',
    node: 'compute1',
    to: 'tor1',
    point: 'compute1:eth1',
    frames: [0],
  });
  expect(root.lost).toBeUndefined();
  expect(shape(root)).toContain('guest:web2:eth0');
});

test('a loop of thousands is cut after some rounds and counted', () => {
  const rounds = 5000;
  const loop: string[] = ['web1:eth0 out 0', 'compute1:tap11111111-11 in 1'];
  for (let i = 0; i < rounds; i++) {
    const us = 10 + i * 10;
    loop.push(
      `compute1:eth1 out ${us}`,
      `tor1:swp1 in ${us + 2}`,
      `tor1:swp1 out ${us + 4}`,
      `compute1:eth1 in ${us + 6}`,
    );
  }
  const roots = assemble(see(loop), points);
  expect(roots).toHaveLength(1);
  const text = shape(roots[0] as Hop);
  expect(text.split('wire:compute1>tor1').length - 1).toBe(8);
  let last = roots[0] as Hop;
  while (last.next[0]) last = last.next[0];
  expect(last.more).toBe((rounds - 8) * 4 + 2);
});

// ------------------------------------------------------------------------------------------ any tree

interface Plan {
  readonly wires: WireState[];
  readonly sightings: Sighting[];
  readonly shapes: string[];
}

/** Trees of any shape on cables of their own, sent once or twice, with stamps that may be inverted by some µs. */
const plans = fc.gen().map((g): Plan => {
  const cables: WireState[] = [];
  const sightings: Sighting[] = [];
  let serial = 0;
  const less = (): bigint => BigInt(g(gap)) * 100n;

  interface Branch {
    readonly node: string;
    readonly wire: WireState;
    readonly tap: boolean;
    readonly lost: boolean;
    readonly next: Branch[];
  }
  const grow = (node: string, depth: number): Branch[] =>
    Array.from({ length: g(fanOut) }, (): Branch => {
      serial++;
      if (g(fc.boolean) || depth > 4) {
        const wire = guestWire(`guest${serial}`, node, `tap${serial}`);
        cables.push(wire);
        return { node, wire, tap: true, lost: false, next: [] };
      }
      const far = `n${serial}`;
      const wire = underlayWire(node, `eth${serial}`, far, `swp${serial}`);
      cables.push(wire);
      const lost = g(rarely);
      return { node, wire, tap: false, lost, next: lost ? [] : grow(far, depth + 1) };
    });

  const source = guestWire('source', 'n0', 'tap0');
  cables.push(source);
  const tree = grow('n0', 0);
  const id = (wire: WireState, index: 0 | 1): string => {
    const { node, namespace, device } = wire.ends[index];
    return `${namespace === '' ? node : namespace}:${device}`;
  };
  const see1 = (point: string, direction: 'in' | 'out', time: bigint): void => {
    sightings.push({ point, direction, time, headers: inner, frame: sightings.length });
  };
  /** Returns the time of the arrival as it really was. */
  const cross = (from: string, far: string | undefined, time: bigint): bigint => {
    see1(from, 'out', time);
    const arrival = time + 1000n + less();
    if (far !== undefined) see1(far, 'in', g(rarely) ? time - 3000n : arrival);
    return arrival;
  };
  const walk = (branches: readonly Branch[], arrived: bigint): void => {
    let time = arrived;
    for (const { wire, tap, lost, next } of branches) {
      time += 5000n + less();
      if (tap) cross(id(wire, 1), id(wire, 0), time);
      else walk(next, cross(id(wire, 0), lost ? undefined : id(wire, 1), time));
    }
  };
  const shapeOf = (branches: readonly Branch[]): string => {
    const texts = branches.map(({ wire, node, tap, lost, next }) => {
      const [near, far] = wire.ends;
      if (tap) return `tap:${node}:${far.device} guest:${near.namespace}:eth0`;
      return `wire:${node}>${far.node}:${near.device}${lost ? ':lost' : ''}${shapeOf(next)}`;
    });
    if (texts.length === 0) return '';
    return texts.length === 1 ? ` ${texts[0]}` : ` (${texts.toSorted().join(' | ')})`;
  };
  const times = g(fc.boolean) ? [10_000_000n] : [10_000_000n, 1_010_000_000n];
  for (const time of times) walk(tree, cross(id(source, 0), id(source, 1), time));
  return {
    wires: cables,
    sightings,
    shapes: times.map(() => `guest:source:eth0 tap:n0:tap0${shapeOf(tree)}`),
  };
});
const gap = (): fc.Arbitrary<number> => fc.nat(200);
const fanOut = (): fc.Arbitrary<number> => fc.constantFrom(0, 1, 1, 2, 3);
const rarely = (): fc.Arbitrary<boolean> => fc.nat(5).map((n) => n === 0);

test('any tree is recovered, in whatever order its sightings come', () => {
  fc.assert(
    fc.property(plans, fc.infiniteStream(fc.nat()), (plan, noise) => {
      const shuffled = plan.sightings
        .map((sighting) => [noise.next().value as number, sighting] as const)
        .toSorted(([a], [b]) => a - b)
        .map(([, sighting]) => sighting);
      const found = assemble(
        shuffled,
        pointsOf(Object.fromEntries(plan.wires.map((wire) => [wire.key, wire]))),
      );
      expect(found.map(shape)).toEqual(plan.shapes);
    }),
    { numRuns: 200 },
  );
});

test('anything at all is assembled without a throw, and every sighting is in the trees', () => {
  const ids = [...points.keys()];
  const sighting = fc.record({
    point: fc.constantFrom(...ids),
    direction: fc.constantFrom('in', 'out'),
    time: fc.bigInt({ min: 0n, max: 2_000_000n }),
  });
  fc.assert(
    fc.property(fc.array(sighting, { maxLength: 40 }), (list) => {
      const roots = assemble(
        list.map((one, frame) => ({ ...one, headers: inner, frame })),
        points,
      );
      const frames: number[] = [];
      const walk = (hop: Hop): number => {
        frames.push(...hop.frames);
        return (hop.more ?? 0) + hop.next.reduce((sum, next) => sum + walk(next), 0);
      };
      const left = roots.reduce((sum, root) => sum + walk(root), 0);
      expect(new Set(frames).size).toBe(frames.length);
      expect(frames.length + left).toBe(list.length);
    }),
    { numRuns: 300 },
  );
});
