import { join } from 'node:path';
import { expect, test } from 'vitest';
import { failures, summary } from './ci-summary.mjs';

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

test('tells what failed, each with the beginning of its text', () => {
  const passed = { status: 'passed', fullName: 'well' };
  const failed = {
    status: 'failed',
    fullName: 'pings',
    failureMessages: [
      'NetdojoError: compute1: ip -batch: no such device\n\n  at node compute1\n    at Agent.receive (x.ts:1:2)\nexit code 1',
    ],
  };
  const name = join(process.cwd(), 'scenarios/l2/ping.scenario.ts');
  const unloadable = { name, status: 'failed', message: 'no module x', assertionResults: [] };
  expect(
    failures({ testResults: [{ name, status: 'failed', assertionResults: [passed, failed] }, unloadable] }),
  ).toEqual([
    '✗ scenarios/l2/ping.scenario.ts > pings\n    NetdojoError: compute1: ip -batch: no such device\n      at node compute1\n    exit code 1',
    '✗ scenarios/l2/ping.scenario.ts\n    no module x',
  ]);
  expect(failures(report)).toEqual([]);
  expect(failures(undefined)).toEqual([]);
});
