/** The page in a real browser, where the machine has one. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadCloud } from '../../topology/index.ts';
import { sampleRun } from '../sample.ts';
import { page } from './page.ts';

const chromium = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find((file) => existsSync(file));

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND',
  '--virtual-time-budget=1500',
  '--enable-logging=stderr',
  '--dump-dom',
];

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'netdojo-page-'));
  const { report, captures } = sampleRun(await loadCloud('fixtures/clouds/l2-demo.yaml'));
  await writeFile(join(directory, 'index.html'), page(report, captures));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** The page's elements after its script ran, and what it wrote to the console. */
async function open(hash: string): Promise<{ dom: string; console: string[] }> {
  const profile = `--user-data-dir=${join(directory, `profile-${hash}`)}`;
  const url = `file://${join(directory, 'index.html')}#${hash}`;
  const run = promisify(execFile);
  const { stdout, stderr } = await run(chromium ?? '', [...FLAGS, profile, url], { maxBuffer: 1 << 26 });
  return { dom: stdout, console: stderr.split('\n').filter((line) => line.includes('CONSOLE')) };
}

test.skipIf(chromium === undefined)(
  'shows the failed journey at its first difference, without an error',
  { timeout: 60_000 },
  async () => {
    const { dom, console } = await open('');
    expect(console).toEqual([]);
    const body = dom.replaceAll(/<script.*?<\/script>/gs, '');
    expect(body.match(/class="rung w-\w+"/g)).toEqual([
      'class="rung w-same"',
      'class="rung w-same"',
      'class="rung w-different"',
      'class="rung w-different"',
      'class="rung w-same"',
      'class="rung w-same"',
      'class="rung w-unexplained"',
      'class="rung w-unexplained"',
    ]);
    expect(body).toMatch(
      /aria-label="Hop 3, wire compute1 eth1 → tor1, not as expected" aria-selected="true"/,
    );
    expect(body).toContain('first difference: different');
    expect(body.match(/<path[^>]* class="way w-unexplained/g)).toHaveLength(2);
    expect(body).toContain('Packets 23 and 24 in ');
  },
);

test.skipIf(chromium === undefined)('an address names a journey and a hop', { timeout: 60_000 }, async () => {
  const { dom, console } = await open('j2.h4');
  expect(console).toEqual([]);
  const body = dom.replaceAll(/<script.*?<\/script>/gs, '');
  expect(body).toContain('<b>Hop 4 of 6</b>');
  expect(body).toMatch(/<section class="scenario s-failed" [^>]*hidden=""/);
});
