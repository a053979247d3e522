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
