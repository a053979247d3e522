import { expect, test } from 'vitest';
import { summary } from './ci-summary.mjs';

const report = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, testResults: [] };

test('counts what vitest counted', () => {
  expect(summary(report, 0)).toBe('3 passed, 0 failed');
  expect(summary({ ...report, numFailedTests: 2, numPendingTests: 1 }, 1)).toBe(
    '3 passed, 2 failed, 1 skipped',
  );
});

test('never calls a failed run green', () => {
  const broken = { status: 'failed', assertionResults: [] };
  expect(summary({ ...report, testResults: [broken, broken] }, 1)).toBe('3 passed, 2 failed');
  expect(summary(report, 1)).toBe('3 passed, 1 failed');
  expect(summary(undefined, 1)).toBe('0 passed, 1 failed');
});
