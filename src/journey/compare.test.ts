import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare, isMereLoss } from './compare.ts';
import {
  changeHops,
  echo,
  expectHop,
  hop,
  pingExpectation,
  pingJourney,
  tunnel,
} from './journeys.fixture.ts';
import { headerDifferences } from './satisfies.ts';
import type { ExpectedJourney, Headers, Hop, Journey } from './types.ts';
import { hopsBelow } from './verdict.ts';

test('what fulfils the expectation has no difference', () => {
  const comparison = compare(pingExpectation(), pingJourney());
  expect(comparison).toMatchObject({ ok: true, inconclusive: false, differences: [], unexplained: [] });
  expect(comparison.packet).toBe('icmp echo-request 4fa1/1');
  expect(comparison.rows.map(({ depth, parent, matched }) => [depth, parent, matched])).toEqual(
    [0, 1, 2, 3, 4, 5].map((depth) => [depth, depth - 1, true]),
  );
});

test('a header that differs', () => {
  const wrong = changeHops(pingJourney(), (one) =>
    one.node === 'web2' ? { ...one, headers: { ...echo, ttl: 63 } } : one,
  );
  expect(compare(pingExpectation(), wrong).differences).toEqual([
    {
      code: 'header',
      row: 5,
      place: { kind: 'guest', node: 'web2', device: 'eth0' },
      field: 'ttl',
      expected: 64,
      observed: 63,
      because: 'it goes by web2',
    },
  ]);
});

test('null means absent, an object means present', () => {
  const headers: Headers = { ...echo, vlan: 7 };
  expect(headerDifferences(headers, { vlan: null, tunnel: { id: 1 }, ttl: 64, icmp: { code: 1 } })).toEqual([
    { field: 'vlan', expected: null, observed: 7 },
    { field: 'tunnel', expected: { id: 1 }, observed: undefined },
    { field: 'icmp.code', expected: 1, observed: 0 },
  ]);
  expect(headerDifferences({ ...headers, tunnel }, { tunnel: { vlan: null, dst_port: null } })).toEqual([
    { field: 'tunnel.dst_port', expected: null, observed: 4789 },
  ]);
});

test('a verdict is judged by the receivers of the expectation', () => {
  const nobody: ExpectedJourney = { ...pingExpectation(), receivers: [], verdict: 'delivered' };
  expect(compare(nobody, pingJourney()).differences).toEqual([
    { code: 'verdict', row: -1, expected: 'delivered', observed: 'misdelivered' },
  ]);
  const denied: ExpectedJourney = { packet: 'x', verdict: 'denied-egress', receivers: [], roots: [] };
  expect(compare(denied, { packet: 'x', verdict: 'lost', roots: [] }).verdict.observed).toBe('lost');
});

test('a journey of which frames were missed proves nothing', () => {
  const comparison = compare(pingExpectation(), { ...pingJourney(), verdict: 'inconclusive' });
  expect(comparison).toMatchObject({ ok: false, inconclusive: true });
});

test('a loss explains what is missing, and nothing that came otherwise or elsewhere', () => {
  const judged = (change: (one: Hop) => Hop | null): boolean =>
    isMereLoss(compare(pingExpectation(), changeHops(pingJourney(), change)));
  expect(judged((one) => (one.to === 'compute2' ? null : one))).toBe(true);
  expect(judged((one) => (one.to === 'compute2' ? { ...one, lost: true, next: [] } : one))).toBe(true);
  expect(judged((one) => (one.node === 'web2' ? { ...one, headers: { ...echo, ttl: 63 } } : one))).toBe(
    false,
  );
  expect(
    judged((one) => (one.node === 'compute2' ? { ...one, next: [...one.next, ...one.next] } : one)),
  ).toBe(false);
  expect(judged((one) => (one.node === 'web2' ? { ...one, node: 'web3', point: 'web3:eth0' } : one))).toBe(
    false,
  );
});

test('a second copy is told from a stray one', () => {
  const twice = changeHops(pingJourney(), (one) =>
    one.node === 'compute2' ? { ...one, next: [...one.next, ...one.next] } : one,
  );
  expect(compare(pingExpectation(), twice).differences.map(({ code }) => code)).toEqual([
    'duplicate-hop',
    'verdict',
  ]);
});

test('siblings have no order, and copies that share a place are told apart by their headers', () => {
  const up = (dst_ip: string): Hop =>
    hop('wire', 'compute1>tor1 eth1', 1, { ...echo, tunnel: { ...tunnel, dst_ip } });
  const root = (next: Hop[]): Hop => hop('tap', 'compute1 tap1', 0, echo, next);
  const a = up('172.31.1.12');
  const b = up('172.31.1.13');
  const c = up('172.31.1.14');
  const expected: ExpectedJourney = {
    packet: 'x',
    verdict: 'delivered',
    roots: [
      expectHop(root([a, b, c]), ({ tunnel: outer }) => ({
        tunnel: outer ? { dst_ip: outer.dst_ip } : null,
      })),
    ],
  };
  const seen = (next: Hop[]): Journey => ({ packet: 'x', verdict: 'delivered', roots: [root(next)] });
  expect(compare(expected, seen([c, a, b])).ok).toBe(true);
  const one = compare(expected, seen([b, up('9.9.9.9'), a])).differences;
  expect(one).toMatchObject([
    { code: 'header', field: 'tunnel.dst_ip', expected: '172.31.1.14', observed: '9.9.9.9' },
  ]);
});

describe('any tree', () => {
  const pick = ({ vlan, ttl }: Headers): ExpectedJourney['roots'][number]['headers'] => ({
    vlan: vlan ?? null,
    ttl: ttl ?? null,
    tunnel: null,
  });
  const kinds = (): fc.Arbitrary<Hop['kind']> => fc.constantFrom('tap', 'wire', 'namespace');
  const tags = (): fc.Arbitrary<number> => fc.integer({ min: 1, max: 3 });
  /** Trees in which no two siblings are the same place. */
  const small = fc.gen().map((g) => {
    let left = 12;
    const make = (depth: number): Hop => {
      left--;
      const next: Hop[] = [];
      for (const node of ['a', 'b', 'c']) {
        if (depth < 5 && left > 0 && g(fc.boolean))
          next.push({ ...make(depth + 1), node, point: `${node}:x` });
      }
      const kind = g(kinds);
      return hop(kind, 'r x', depth, { ...echo, vlan: g(tags) }, next);
    };
    return make(0);
  });
  const journeyOf = (root: Hop): Journey => ({ packet: 'x', verdict: 'delivered', roots: [root] });
  const expectationOf = (root: Hop): ExpectedJourney => ({
    ...journeyOf(root),
    roots: [expectHop(root, pick)],
  });
  const shuffled = (root: Hop): Hop => ({ ...root, next: root.next.toReversed().map(shuffled) });

  test('fulfils itself, in any order of siblings', () => {
    fc.assert(
      fc.property(small, (root) => {
        const comparison = compare(expectationOf(root), journeyOf(shuffled(root)));
        expect(comparison.differences).toEqual([]);
        expect(comparison.ok).toBe(true);
        expect(comparison.rows).toHaveLength(hopsBelow(root).length);
      }),
    );
  });

  test('a hop that is missing is reported there first', () => {
    fc.assert(
      fc.property(small, fc.nat(), (root, pickOne) => {
        const hops = hopsBelow(root);
        const victim = hops[pickOne % hops.length] as Hop;
        const mutilated = changeHops(journeyOf(root), (one) => (sameHop(one, victim) ? null : one));
        const { ok, differences, rows } = compare(expectationOf(root), mutilated);
        expect(ok).toBe(false);
        expect(differences[0]).toMatchObject({
          code: 'missing-hop',
          place: { kind: victim.kind, node: victim.node },
        });
        expect(differences).toHaveLength(hopsBelow(victim).length);
        expect(rows[differences[0]?.row ?? -1]?.depth).toBe(depthOf(root, victim));
      }),
    );
  });

  test('an extra hop is reported, with all that follows from it', () => {
    fc.assert(
      fc.property(small, fc.nat(), (root, pickOne) => {
        const hops = hopsBelow(root);
        const victim = hops[pickOne % hops.length] as Hop;
        const leak = hop('tap', 'leak x', 1, echo, [hop('guest', 'spy x', 2, echo)]);
        const leaky = changeHops(journeyOf(root), (one) =>
          sameHop(one, victim) ? { ...one, next: [leak, ...one.next] } : one,
        );
        const { ok, differences, unexplained, rows } = compare(expectationOf(root), leaky);
        expect(ok).toBe(false);
        expect(differences.map(({ code, place }) => [code, place?.node])).toEqual([
          ['unexpected-hop', 'leak'],
          ['unexpected-hop', 'spy'],
        ]);
        expect(unexplained.map(({ node }) => node)).toEqual(['leak', 'spy']);
        const above = rows[rows[differences[0]?.row ?? -1]?.parent ?? -1]?.observed;
        expect(above && sameHop(above, victim)).toBe(true);
      }),
    );
  });

  test('a header that changes is reported there, and only there', () => {
    fc.assert(
      fc.property(small, fc.nat(), (root, pickOne) => {
        const hops = hopsBelow(root);
        const victim = hops[pickOne % hops.length] as Hop;
        const changed = changeHops(journeyOf(root), (one) =>
          sameHop(one, victim) ? { ...one, headers: { ...one.headers, vlan: 99 } } : one,
        );
        const { differences } = compare(expectationOf(root), changed);
        expect(differences).toMatchObject([
          { code: 'header', field: 'vlan', observed: 99, place: { kind: victim.kind, node: victim.node } },
        ]);
      }),
    );
  });
});

/** Hops of a fixture are told apart by their frames. */
const sameHop = (a: Hop, b: Hop): boolean => a.frames[0] === b.frames[0];

function depthOf(root: Hop, wanted: Hop, depth = 0): number {
  if (sameHop(root, wanted)) return depth;
  return Math.max(-1, ...root.next.map((next) => depthOf(next, wanted, depth + 1)));
}
