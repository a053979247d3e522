#!/usr/bin/env node
// Prints "N passed, N failed[, N skipped]" of vitest's JSON report: node ci-summary.mjs <report> <exit code of the run>
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A file that cannot even be loaded has no tests to fail; it counts as one. So does a run that went wrong in any
 * other way without a failed test.
 */
export function summary(report, exitCode) {
  const files = report?.testResults ?? [];
  const unloadable = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const counted = (report?.numFailedTests ?? 0) + unloadable.length;
  const failed = counted === 0 && exitCode !== 0 ? 1 : counted;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  return `${report?.numPassedTests ?? 0} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

const [path, exitCode] = process.argv.slice(2);
if (path !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  console.log(
    summary(existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined, Number(exitCode ?? 0)),
  );
}
