/** Values that documents have in common, right ones and wrong ones. */
import * as fc from 'fast-check';

export const names = fc.constantFrom('red', 'blue', 'green', 'a', 'Net_1.x-y', 'constructor');
export const hostNames = fc.constantFrom('compute1', 'compute2', 'gateway1', 'web1', 'h-9');
export const ipv4 = fc.constantFrom('10.0.0.1', '10.0.0.255', '10.0.1.7', '255.255.255.255');
export const addresses = fc.oneof(
  ipv4,
  fc.ipV6().filter((text) => !text.includes('.')),
);
export const cidrs = fc.constantFrom(
  '10.0.0.0/24',
  '10.0.1.0/30',
  '10.0.0.5/24',
  'fd00::/64',
  '0.0.0.0/0',
  '::1/128',
);
export const macs = fc.constantFrom('fa:16:3e:00:00:01', '02:00:00:00:00:0a');
export const mtus = fc.integer({ min: 576, max: 9216 });
export const optional: { requiredKeys: [] } = { requiredKeys: [] };

export function mapping<T>(
  key: fc.Arbitrary<string>,
  value: fc.Arbitrary<T>,
): fc.Arbitrary<Record<string, T>> {
  return fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });
}
