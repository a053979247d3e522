#!/usr/bin/env node
// All static checks at once; a line for each, and the output only of those that failed.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const fix = process.argv.includes('--fix');

// biome-ignore format: a table
const CHECKS = [
  ['types',   'tsc', '--noEmit', '--pretty', 'false'],
  ['lint',    'oxlint', '--type-aware', '--deny-warnings', ...(fix ? ['--fix'] : [])],
  ['format',  'biome', 'format', '--colors=off', ...(fix ? ['--write'] : [])],
  ['imports', 'node', 'src/setup/import-rules.mjs'],
  ['unused',  'knip', '--no-progress', ...(fix ? ['--fix'] : [])],
];

const LINES = 60;

function shortened(output, command) {
  const lines = output.trimEnd().split('\n');
  const more = lines.length - LINES;
  if (more > 0) lines.splice(LINES, more, `… ${more} more lines: npx ${command}`);
  return lines.map((line) => `  ${line}`).join('\n');
}

function run([name, command, ...args]) {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(`${root}node_modules/.bin/${command}`, args, {
      cwd: root,
      env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}`, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const done = (failed) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${failed ? 'FAILED' : 'ok    '} ${name.padEnd(8)} ${seconds} s`);
      if (failed) console.log(shortened(output, [command, ...args].join(' ')));
      resolve(failed);
    };
    child.on('error', (error) => {
      output += error.message;
      done(true);
    });
    child.on('close', (code) => done(code !== 0));
  });
}

// With --fix one after the other: two tools that write the same file at once would lose one's changes.
const results = [];
if (fix) for (const check of CHECKS) results.push(await run(check));
else results.push(...(await Promise.all(CHECKS.map(run))));
if (results.includes(true)) process.exitCode = 1;
