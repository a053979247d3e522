/** The table in docs is what the command prints. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { needsEngine } from '../../engine/testing/lab.fixture.ts';
import { EXIT } from '../../errors/index.ts';
import { netdojo } from '../bin.fixture.ts';

await needsEngine();

test('docs/paths.md has the table that netdojo paths prints', { timeout: 120_000 }, async () => {
  const { exitCode, stdout, stderr } = await netdojo('paths', '--markdown');
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: EXIT.passed,
    stdout: expect.any(String),
    stderr: expect.any(String),
  });
  const page = readFileSync('docs/paths.md', 'utf8');
  expect(page.split('\n').filter((line) => line.startsWith('|'))).toEqual(
    stdout.split('\n').filter((line) => line.startsWith('|')),
  );
});
