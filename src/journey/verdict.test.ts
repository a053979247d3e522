import { expect, test } from 'vitest';
import { changeHops, echo, hop, pingJourney, tunnel } from './journeys.fixture.ts';
import { judge } from './verdict.ts';
import type { Hop } from './types.ts';

const to = (...receivers: string[]) => ({ receivers });

test('delivered', () => {
  expect(judge(pingJourney().roots, to('web2:eth0'))).toEqual({
    verdict: 'delivered',
    reason: 'all receivers got it',
  });
});

test('misdelivered names the stranger', () => {
  expect(judge(pingJourney().roots, to())).toMatchObject({
    verdict: 'misdelivered',
    where: { node: 'web2' },
  });
  expect(judge(pingJourney().roots, { receivers: [], bystanders: ['web2:eth0'] }).verdict).toBe('delivered');
});

test('lost names the last hop', () => {
  const { roots } = changeHops(pingJourney(), (one) => (one.node === 'compute2' ? null : one));
  const judgement = judge(roots, to('web2:eth0'));
  expect(judgement).toMatchObject({ verdict: 'lost', where: { kind: 'wire', node: 'tor1' } });
  expect(judgement.reason).toBe('web2:eth0 never got it; last seen at tor1:swp6');
  expect(judge([], to('web2:eth0'))).toEqual({ verdict: 'lost', reason: 'it was never seen' });
});

test('lost names the cable that lost it before a later dead end', () => {
  const tap = hop('tap', 'compute1 tap1', 1, echo, [
    hop('wire', 'compute1>tor1 eth1', 2, echo, [], { lost: true }),
    hop('wire', 'compute1>tor1 eth2', 9, echo),
  ]);
  expect(judge([tap], to('web2:eth0')).where).toMatchObject({ device: 'eth1', lost: true });
});

test('what nobody should get has the fate that was foretold', () => {
  const { roots } = changeHops(pingJourney(), (one) => (one.kind === 'wire' ? null : one));
  expect(judge(roots, { receivers: [], verdict: 'denied-egress' }).verdict).toBe('denied-egress');
});

test('duplicated: at the guest, or on a wire', () => {
  const twice = (kind: Hop['kind'], node: string) =>
    changeHops(pingJourney(), (one) =>
      one.next.some((next) => next.kind === kind && next.node === node)
        ? { ...one, next: [...one.next, ...one.next] }
        : one,
    ).roots;
  expect(judge(twice('guest', 'web2'), to('web2:eth0'))).toMatchObject({
    verdict: 'duplicated',
    where: { node: 'web2' },
  });
  const dead = changeHops(pingJourney(), (one) =>
    one.node === 'compute1' && one.kind === 'tap'
      ? { ...one, next: [...one.next, hop('wire', 'compute1>tor1 eth1', 9, { ...echo, tunnel })] }
      : one,
  );
  expect(judge(dead.roots, to('web2:eth0'))).toMatchObject({
    verdict: 'duplicated',
    where: { kind: 'wire' },
  });
});

test('copies in different tunnels are no duplicates', () => {
  const flood = changeHops(pingJourney(), (one) =>
    one.node === 'compute1' && one.kind === 'tap'
      ? {
          ...one,
          next: [
            ...one.next,
            hop('wire', 'compute1>tor1 eth1', 9, { ...echo, tunnel: { ...tunnel, dst_ip: '172.31.1.21' } }),
          ],
        }
      : one,
  );
  expect(judge(flood.roots, to('web2:eth0')).verdict).toBe('delivered');
});

test('what is sent twice must arrive twice', () => {
  const { roots } = pingJourney();
  expect(judge([...roots, ...roots], to('web2:eth0')).verdict).toBe('delivered');
  const second = changeHops(pingJourney(), (one) => (one.kind === 'wire' ? null : one)).roots;
  expect(judge([...roots, ...second], to('web2:eth0')).verdict).toBe('lost');
});

test('looped: the same way out again and again on one path', () => {
  const round = (next: Hop[]): Hop =>
    hop('wire', 'a>b eth1', 1, echo, [hop('wire', 'b>a eth1', 2, echo, next)]);
  expect(judge([round([round([])])], to()).verdict).toBe('duplicated');
  expect(judge([round([round([round([])])])], to())).toMatchObject({
    verdict: 'looped',
    where: { node: 'a' },
  });
  expect(judge([round([round([])])], to(), { rounds: 2 }).verdict).toBe('looped');
});

test('missed frames leave nothing certain', () => {
  expect(judge(pingJourney().roots, to('web2:eth0'), { dropped: 3 })).toEqual({
    verdict: 'inconclusive',
    reason: 'captures missed 3 frames',
  });
});

// ------------------------------------------------------------------------------------------ beyond guests

const inward = { direction: 'in' } as const;
const toRouter = (next: Hop[]): Hop[] => [
  hop('guest', 'web1 eth0', 0, echo, [
    hop('tap', 'compute1 tap1', 1, echo, [hop('namespace', 'compute1 qr-1', 2, echo, next, inward)], inward),
  ]),
];

test('a device of a namespace gets a packet where it is to, and merely passes it on otherwise', () => {
  expect(judge(toRouter([]), to('compute1:qr-1')).verdict).toBe('delivered');
  expect(judge(toRouter([]), { receivers: [], verdict: 'no-route' })).toMatchObject({ verdict: 'no-route' });
  expect(judge(toRouter([]), to('web2:eth0'))).toMatchObject({
    verdict: 'lost',
    where: { kind: 'namespace', device: 'qr-1' },
  });
  const passedOn = toRouter([hop('namespace', 'compute1 qr-1', 3, { ...echo, ttl: 63 })]);
  expect(judge(passedOn, to('compute1:qr-1')).verdict).toBe('delivered');
});

test('an external host gets what a cable brought to its NIC', () => {
  const out = (more: Partial<Hop>): Hop[] => [hop('wire', 'upstream1>internet1 eth2', 5, echo, [], more)];
  const receivers = to('internet1:eth0');
  expect(judge(out({ far: 'internet1:eth0' }), receivers).verdict).toBe('delivered');
  expect(judge(out({ far: 'internet1:eth1' }), receivers).verdict).toBe('lost');
  expect(judge(out({ far: 'internet1:eth0', lost: true }), receivers).verdict).toBe('lost');
  expect(judge(out({}), receivers).verdict).toBe('delivered');
});

test('two copies in one namespace are one too many', () => {
  const copy = hop('namespace', 'compute1 qr-1', 4, echo, [], inward);
  const tap = hop('tap', 'compute1 tap1', 1, echo, [copy, copy], inward);
  expect(judge([tap], to('compute1:qr-1'))).toMatchObject({
    verdict: 'duplicated',
    where: { kind: 'namespace' },
  });
});

test('to and fro between routers is no loop until it never ends', () => {
  const bounce = (ttl: number, left: number): Hop[] =>
    left === 0
      ? []
      : [
          hop('wire', 'a>b eth1', 1, { ...echo, ttl }, [
            hop('wire', 'b>a eth1', 2, { ...echo, ttl: ttl - 1 }, bounce(ttl - 2, left - 1)),
          ]),
        ];
  expect(judge(bounce(64, 4), to()).verdict).toBe('delivered');
  expect(judge(bounce(64, 6), to())).toMatchObject({
    verdict: 'looped',
    reason: 'passed a:eth1 6 times on one path',
  });
});
