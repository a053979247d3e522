import { expect, test } from 'vitest';
import { paintLine } from './plan-text.ts';

const paint = (tone: string, text: string): string => `<${tone} ${text}>`;

test('signs of changes are coloured, and those of rules within a chain', () => {
  const context = { paint, colour: true };
  expect(paintLine('compute1', context)).toBe('compute1');
  expect(paintLine('  + link tap1', context)).toBe('  <green +> link tap1');
  expect(paintLine('  ~ chain filter INPUT', context)).toBe('  <yellow ~> chain filter INPUT');
  expect(paintLine('      - -j DROP  (nobody)', context)).toBe('      <red -> -j DROP  (nobody)');
  expect(paintLine('      + -j DROP  (nobody)', { paint, colour: false })).toBe('      + -j DROP  (nobody)');
});
