/** The real command against a real engine. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Engine, ensureNodeImage, findEngine, listOwned } from '../engine/index.ts';
import { isNetdojoError } from '../errors/index.ts';
import { answerOf, netdojo, start } from './bin.fixture.ts';

const name = `cli-e2e-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'netdojo-cli-'));
let engine: Engine | undefined;
let why = '';

beforeAll(async () => {
  const options = { allowSetup: true, log: () => undefined };
  try {
    engine = await findEngine(options);
    await ensureNodeImage(engine, options);
  } catch (error) {
    if (!isNetdojoError(error)) throw error;
    engine = undefined;
    why = error.code;
  }
}, 120_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (engine && (await containers()).length > 0) await netdojo('down', name);
});

const containers = async (): Promise<string[]> =>
  engine ? (await listOwned(engine.docker)).filter((one) => one.name === name).map(({ id }) => id) : [];

function edited(edit: (text: string) => string): string {
  const file = join(folder, 'edited.yaml');
  writeFileSync(file, edit(readFileSync('fixtures/clouds/l2-demo.yaml', 'utf8')));
  return file;
}

describe('documents', () => {
  test('what is wrong with one is said with its place, and nothing is started', {
    timeout: 10_000,
  }, async () => {
    const file = edited((text) => text.replace('host: compute2', 'host: compute9'));
    const lines = [
      ['validate', file],
      ['up', file],
      ['plan', file],
    ];
    for (const { exitCode, stdout, stderr } of await Promise.all(lines.map((line) => netdojo(...line)))) {
      expect(exitCode).toBe(2);
      expect(stdout + stderr).toMatch(/edited\.yaml:\d+:\d+\n/u);
      expect(stdout + stderr).toContain('compute9');
    }
    const answer = await answerOf<{ documents: { errors: unknown[] }[] }>('validate', file);
    expect(answer).toMatchObject({ schema: 'netdojo.validate/1', valid: false, exitCode: 2 });
    expect(answer.documents[0]?.errors).toHaveLength(1);
  });
});

describe('a cloud, from up to down', { timeout: 20_000 }, () => {
  beforeEach((context) => {
    context.skip(engine === undefined, `no engine: ${why}`);
  });

  test('is built', async () => {
    expect(await answerOf('up', '--name', name)).toMatchObject({
      schema: 'netdojo.up/1',
      exitCode: 0,
      cloud: name,
      underlay: 'demo-cluster',
      servers: expect.arrayContaining([expect.objectContaining({ name: 'web1', host: 'compute1' })]),
    });
    const { clouds } = await answerOf<{ clouds: { name: string; state: string }[] }>('ls');
    expect(clouds).toContainEqual(expect.objectContaining({ name, state: 'up', lifetime: 'kept' }));
    expect(await answerOf('up', '--name', name)).toMatchObject({ code: 'ND_CLOUD_EXISTS', exitCode: 2 });
  });

  test('carries packets, each as expected', async () => {
    const answer = await answerOf('ping', 'web1', 'web2', '--cloud', name);
    expect(answer).toMatchObject({ schema: 'netdojo.ping/1', result: 'passed', exitCode: 0 });
    const { stdout } = await netdojo('ping', 'web1', 'web2', '--bridges', '--cloud', name);
    expect(stdout).toMatch(/wire {3}compute1 → tor1 eth1 .* \+ vxlan vni 5001/u);
    expect(stdout).toMatch(/br-tun {2}table 0 → 2 → 20/u);
  });

  test('follows its document', async () => {
    const server =
      '  web4:\n    project: shop\n    host: compute2\n    networks:\n      - { network: red, fixed_ip: 10.0.1.14 }\n  db2:\n';
    const file = edited((text) => text.replace('  db2:\n', server));
    const plan = await answerOf<{ summary: { add: number } }>('plan', file, '--cloud', name);
    expect(plan).toMatchObject({ running: true, exitCode: 0, summary: { update: 0, remove: 0 } });
    expect(await answerOf('apply', file, '--cloud', name)).toMatchObject({
      changed: true,
      summary: plan.summary,
    });
    expect(await answerOf('apply', '--cloud', name)).toMatchObject({ changed: false, exitCode: 0 });
    expect(await answerOf('ping', 'web4', 'web1', '--cloud', name)).toMatchObject({ result: 'passed' });
  });

  test('runs commands and hands on their exit codes', async () => {
    const inGuest = await netdojo(
      'exec',
      'web4',
      '--cloud',
      name,
      '--',
      'ip',
      '-br',
      'address',
      'show',
      'eth0',
    );
    expect(inGuest).toMatchObject({ exitCode: 0, stderr: '' });
    expect(inGuest.stdout).toContain('10.0.1.14/24');
    const inNode = await netdojo(
      'exec',
      'compute1',
      '--cloud',
      name,
      '--',
      'sh',
      '-c',
      'hostname; echo no >&2; exit 7',
    );
    expect(inNode).toEqual({ exitCode: 7, stdout: 'compute1\n', stderr: 'no\n' });
  });

  test('a command that is interrupted ends in the node too', async () => {
    const { child, ended } = start(
      'exec',
      'compute1',
      '--cloud',
      name,
      '--',
      'sh',
      '-c',
      'echo on; exec sleep 987',
    );
    if (child.stdout) await once(child.stdout, 'data');
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ exitCode: 130 });
    const { stdout } = await netdojo('exec', 'compute1', '--cloud', name, '--', 'ps', '-eo', 'args');
    expect(stdout).not.toContain('sleep 987');
  });

  test('shows packets live, and says how many', async () => {
    const { child, ended } = start('capture', 'compute1:eth1', '--count', '1', '--cloud', name);
    if (child.stderr) await once(child.stderr, 'data'); // armed
    await netdojo('ping', 'web1', 'web2', '--cloud', name);
    const { exitCode, stdout, stderr } = await ended;
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/ compute1:eth1 [→←] .*vni 5001/u),
    });
    expect(stderr).toContain('1 packet captured, 0 missed');
  });

  test('goes', async () => {
    expect(await answerOf('down', name)).toMatchObject({ schema: 'netdojo.down/1', clouds: [{ name }] });
    expect(await containers()).toEqual([]);
    expect(await answerOf('down', name)).toMatchObject({ code: 'ND_CLOUD_UNKNOWN', exitCode: 2 });
  });

  test('an interrupted start leaves nothing', async () => {
    const { child, ended } = start('up', '--name', name);
    while ((await containers()).length === 0) await pause(20);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining('interrupted by SIGINT'),
    });
    expect(await containers()).toEqual([]);
  });
});
