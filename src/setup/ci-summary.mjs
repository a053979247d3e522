#!/usr/bin/env node
// What failed, in brief, and "N passed, N failed[, N skipped]", of vitest's JSON report:
// node ci-summary.mjs <report> <exit code of the run>
import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
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

/** Lines of a failure's text that say what it is; the whole of it is further up. */
const BRIEF = 6;

/** The failed tests and files, each with the beginning of what it said: whoever keeps only the end of an output has them. */
export function failures(report) {
  return (report?.testResults ?? []).flatMap(({ name = '', status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [told(file, message)] : [];
    return failed.map(({ fullName, failureMessages }) => told(`${file} > ${fullName}`, failureMessages?.[0]));
  });
}

function told(what, text = '') {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^ {4}at /u.test(line));
  return [`✗ ${what}`, ...lines.slice(0, BRIEF).map((line) => `    ${line}`)].join('\n');
}

const [path, exitCode] = process.argv.slice(2);
if (path !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const report = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  for (const failure of failures(report)) console.log(failure);
  console.log(summary(report, Number(exitCode ?? 0)));
}
