import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskedPorts, maskedPortText } from './port-ranges.ts';

const within = (first: number, last: number): string[] => {
  const blocks = maskedPorts(first, last);
  return Array.from({ length: 65_536 }, (_, port) => {
    // oxlint-disable-next-line no-bitwise
    const hits = blocks.filter(({ value, mask }) => (port & mask) === value).length;
    return hits === (port >= first && port <= last ? 1 : 0) ? [] : [`${port}: ${hits}`];
  }).flat();
};

test('masked matches meet every port of the range once and no other port', () => {
  const port = fc.integer({ min: 1, max: 65_535 });
  fc.assert(
    fc.property(port, port, (one, other) => {
      expect(within(Math.min(one, other), Math.max(one, other))).toEqual([]);
    }),
    {
      numRuns: 30,
      examples: [
        [1, 65_535],
        [1, 1],
        [65_535, 65_535],
        [32_767, 32_768],
      ],
    },
  );
});

test('a range is written as Open vSwitch writes it', () => {
  expect(maskedPorts(8000, 8010).map(maskedPortText)).toEqual(['0x1f40/0xfff8', '0x1f48/0xfffe', 8010]);
  expect(maskedPorts(80, 80).map(maskedPortText)).toEqual([80]);
});
