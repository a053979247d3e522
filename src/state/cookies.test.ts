import { expect, test } from 'vitest';
import { cookieIndex, cookieOf, LEARNED_COOKIE, LEARNED_OWNER } from './cookies.ts';
import { emptyCloud, type Owner } from './types.ts';

const owner: Owner = {
  kind: 'port',
  name: 'web1-eth0',
  purpose: 'ARP responder for 10.0.1.11 (port web1-eth0)',
};

test('the same owner has the same cookie, another purpose another one', () => {
  expect(cookieOf(owner)).toBe(cookieOf({ ...owner }));
  expect(cookieOf(owner)).not.toBe(cookieOf({ ...owner, purpose: 'port security' }));
  expect(cookieOf(owner)).not.toBe(cookieOf({ ...owner, kind: 'server' }));
});

test('cookies are numbers of 64 bits, written as Open vSwitch prints them', () => {
  const cookies = Array.from({ length: 20_000 }, (_, index) => cookieOf({ ...owner, name: `port${index}` }));
  expect(new Set(cookies).size).toBe(cookies.length);
  const malformed = cookies.filter((cookie) => !/^0x[1-9a-f][0-9a-f]{0,15}$/u.test(cookie));
  expect(malformed).toEqual([]);
  expect(cookies).not.toContain(LEARNED_COOKIE);
});

test('a learned flow has an owner too', () => {
  expect(cookieIndex(emptyCloud()).get(LEARNED_COOKIE)).toEqual(LEARNED_OWNER);
});
