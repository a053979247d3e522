import { isIPv4, isIPv6 } from 'node:net';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addressesOf,
  canonicalAddress,
  canonicalNetwork,
  contains,
  containsRange,
  defaultPools,
  formatAddress,
  formatNetwork,
  hostRange,
  type IpNetwork,
  networkHasHostBits,
  overlappingPairs,
  overlaps,
  parseAddress,
  parseNetwork,
  rangeOf,
  reservedAddresses,
} from './addresses.ts';
import { cidrSchema, ipAddressSchema } from './schema/values.ts';

const addresses = fc.oneof(
  fc.record({ version: fc.constant(4 as const), value: fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }) }),
  fc.record({ version: fc.constant(6 as const), value: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }) }),
);
const networks = fc
  .tuple(addresses, fc.nat(128))
  .map(([{ version, value }, length]) =>
    network(`${formatAddress({ version, value })}/${version === 4 ? length % 33 : length}`),
  );
const nearlyAddresses = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdfF:.')), maxLength: 20 }),
  fc
    .array(fc.constantFrom('0', '1', 'ffff', '', '256', '01'), { maxLength: 9 })
    .map((parts) => parts.join(':')),
  fc
    .array(fc.constantFrom('0', '1', '255', '256', '01', ''), { maxLength: 5 })
    .map((parts) => parts.join('.')),
);

function network(text: string): IpNetwork {
  const parsed = parseNetwork(text);
  if (parsed === undefined) throw new TypeError(text);
  return parsed;
}

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['0.0.0.0', '0.0.0.0'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['fe80::00ff', 'fe80::ff'],
  ['10.0.0', '10.0.0'],
])('%s is written %s (RFC 5952)', (text, expected) => {
  expect(canonicalAddress(text)).toBe(expected);
});

test('an address written and read is the same', () => {
  fc.assert(
    fc.property(addresses, (address) => {
      expect(parseAddress(formatAddress(address))).toEqual(address);
    }),
  );
});

test("an address is one for the schema, for this module and for Node's, or for none of them", () => {
  fc.assert(
    fc.property(nearlyAddresses, (text) => {
      // Embedded IPv4 and zones are Node's alone.
      const nodes = isIPv4(text) || (isIPv6(text) && !/[.%]/.test(text));
      expect(parseAddress(text) !== undefined).toBe(nodes);
      expect(ipAddressSchema.safeParse(text).success).toBe(nodes);
    }),
    { numRuns: 500 },
  );
});

test('a network is one for the schema and for this module, or for neither', () => {
  fc.assert(
    fc.property(
      nearlyAddresses,
      fc.constantFrom('', '/', '/0', '/8', '/32', '/33', '/128', '/129', '/08'),
      (text, length) => {
        expect(cidrSchema.safeParse(text + length).success).toBe(parseNetwork(text + length) !== undefined);
      },
    ),
  );
});

test('networks', () => {
  expect(canonicalNetwork('10.0.1.77/24')).toBe('10.0.1.0/24');
  expect(networkHasHostBits('10.0.1.77/24')).toBe(true);
  expect(networkHasHostBits('10.0.1.0/24')).toBe(false);
  expect(canonicalNetwork('FD00::1/64')).toBe('fd00::/64');
  expect(contains(network('10.0.1.0/24'), { version: 6, value: 1n })).toBe(false);
});

test('a network written and read is the same, and holds its ends and no more', () => {
  fc.assert(
    fc.property(networks, (range) => {
      const { version, first, last } = range;
      expect(parseNetwork(formatNetwork(range))).toEqual(range);
      expect(contains(range, { version, value: first })).toBe(true);
      expect(contains(range, { version, value: last })).toBe(true);
      expect(contains(range, { version, value: first - 1n })).toBe(false);
      expect(contains(range, { version, value: last + 1n })).toBe(false);
      expect(last - first + 1n).toBe(2n ** BigInt((version === 4 ? 32 : 128) - range.prefix));
    }),
  );
});

test('two networks overlap when one holds the other', () => {
  fc.assert(
    fc.property(networks, networks, (a, b) => {
      expect(overlaps(a, b)).toBe(containsRange(a, b) || containsRange(b, a));
      expect(overlaps(a, b)).toBe(overlaps(b, a));
    }),
  );
});

test('overlapping pairs', () => {
  const pairs = overlappingPairs(
    ['10.0.0.0/16', '10.1.0.0/16', '10.0.3.0/24', '10.0.3.0/25', 'x'],
    parseNetwork,
  );
  expect(pairs).toEqual([
    ['10.0.0.0/16', '10.0.3.0/24'],
    ['10.0.0.0/16', '10.0.3.0/25'],
  ]);
});

const texts = (range: { version: 4 | 6; first: bigint; last: bigint }) =>
  [range.first, range.last].map((value) => formatAddress({ version: range.version, value }));

test.each([
  ['10.0.0.0/24', ['10.0.0.1', '10.0.0.254']],
  ['10.0.0.0/30', ['10.0.0.1', '10.0.0.2']],
  ['10.0.0.0/31', ['10.0.0.0', '10.0.0.1']],
  ['10.0.0.7/32', ['10.0.0.7', '10.0.0.7']],
  ['fd00::/64', ['fd00::1', 'fd00::ffff:ffff:ffff:ffff']],
  ['fd00::/127', ['fd00::', 'fd00::1']],
])('hosts of %s', (text, expected) => {
  expect(texts(hostRange(network(text)))).toEqual(expected);
});

test('reserved addresses', () => {
  const named = reservedAddresses(network('10.0.0.0/24')).map(({ what, value }) => [
    what,
    formatAddress({ version: 4, value }),
  ]);
  expect(named).toEqual([
    ['network address', '10.0.0.0'],
    ['broadcast address', '10.0.0.255'],
  ]);
});

test.each([
  ['10.0.0.0/24', '10.0.0.1', [['10.0.0.2', '10.0.0.254']]],
  ['10.0.0.0/24', '10.0.0.254', [['10.0.0.1', '10.0.0.253']]],
  [
    '10.0.0.0/24',
    '10.0.0.9',
    [
      ['10.0.0.1', '10.0.0.8'],
      ['10.0.0.10', '10.0.0.254'],
    ],
  ],
  ['10.0.0.0/24', '', [['10.0.0.1', '10.0.0.254']]],
  ['10.0.0.0/32', '10.0.0.0', []],
])('default pools of %s with gateway "%s"', (text, gateway, expected) => {
  expect(defaultPools(network(text), parseAddress(gateway)).map(texts)).toEqual(expected);
});

test('ranges and their addresses, which are made as they are asked for', () => {
  const range = rangeOf('10.0.0.254', '10.0.1.1');
  expect(range && Array.from(addressesOf(range), formatAddress)).toEqual([
    '10.0.0.254',
    '10.0.0.255',
    '10.0.1.0',
    '10.0.1.1',
  ]);
  expect(rangeOf('10.0.0.2', '10.0.0.1')).toBeUndefined();
  expect(rangeOf('10.0.0.2', '::3')).toBeUndefined();
  const first = addressesOf(network('::/0')).next();
  expect(first.value).toEqual({ version: 6, value: 0n });
});
