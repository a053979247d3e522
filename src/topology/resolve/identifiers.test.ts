import { expect, test } from 'vitest';
import { nearest, oneOf } from '../nearest.ts';
import { MacAddresses, uuid5 } from './identifiers.ts';

test('UUIDs of version 5 are the same in every run', () => {
  expect(uuid5('l2-demo/port/web1-eth0')).toBe('53981ed7-d7e9-5fdb-a4b8-4d30155d94d6');
  expect(uuid5('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a derived MAC address that is taken is passed over', () => {
  const free = new MacAddresses();
  const first = free.forPort('port');
  const taken = new MacAddresses();
  expect(taken.take(first)).toBe(true);
  expect(taken.take(first)).toBe(false);
  const second = taken.forPort('port');
  expect(first).toMatch(/^fa:16:3e(:[0-9a-f]{2}){3}$/);
  expect(second).toMatch(/^fa:16:3e(:[0-9a-f]{2}){3}$/);
  expect(second).not.toBe(first);
  expect(free.forInterface('u/h/eth0')).toMatch(/^02(:[0-9a-f]{2}){5}$/);
});

test.each([
  ['hots', ['id', 'host', 'networks'], 'host'],
  ['compute11', ['compute2', 'compute1'], 'compute1'],
  ['VXLAN', ['vlan', 'vxlan'], 'vxlan'],
  ['gatway_ip', ['gateway_ip', 'cidr'], 'gateway_ip'],
  ['flavor', ['id', 'host'], undefined],
  ['x'.repeat(1000), ['x'], undefined],
])('nearest to %s', (wrong, names, expected) => {
  expect(nearest(wrong, names)[0]).toBe(expected);
});

test('lists of names', () => {
  expect(oneOf([])).toBe('none');
  expect(oneOf(['a'])).toBe('a');
  expect(oneOf(['a', 'b'])).toBe('one of a, b');
  expect(oneOf(Array.from({ length: 14 }, (_, i) => `n${i}`))).toMatch(/n11, … \(14 in all\)$/);
});
