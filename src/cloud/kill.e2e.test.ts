import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { waitFor } from '../engine/find/wait.ts';
import { needsEngine, uniqueName } from '../engine/testing/lab.fixture.ts';
import { hostNetwork, leftOver } from './left-over.fixture.ts';

const lab = await needsEngine();
const script = fileURLToPath(new URL('victim.fixture.ts', import.meta.url));

interface Ending {
  readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL';
  readonly where: string;
}

/** Runs the program until the signal ends it, and then until nothing is left of it. */
async function endAndCount({ signal, where }: Ending): Promise<{ ended: unknown; said: string }> {
  const name = uniqueName('kill');
  const since = Date.now();
  const temporary = mkdtempSync(join(tmpdir(), 'netdojo-kill-'));
  try {
    const victim = spawn(process.execPath, [script, name, lab.image, signal, where], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: temporary },
    });
    let said = '';
    victim.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code, bySignal] = (await once(victim, 'close', {
      signal: AbortSignal.timeout(60_000),
    })) as [number | null, string | null];
    let left: string[] = [];
    await waitFor(
      async () => {
        left = await leftOver({ engine: lab.engine, name, since, temporary });
        return left.length === 0 ? true : undefined;
      },
      {
        what: `everything of ${name} to go`,
        deadlineMs: 8000,
        everyMs: 200,
        soFar: () => [...left, said].join('\n'),
      },
    );
    return { ended: bySignal ?? code, said };
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

const stages = ['containers', 'switches', 'wires', 'settings', 'ready'];
const works = ['apply', 'observe', 'down'];

describe.concurrent('nothing is left of a program that is ended', { timeout: 100_000 }, () => {
  const host = hostNetwork();

  test.each([...stages, ...works])('by SIGKILL at %s', async (where) => {
    await expect(endAndCount({ signal: 'SIGKILL', where })).resolves.toMatchObject({ ended: 'SIGKILL' });
    expect(hostNetwork()).toEqual(host);
  });

  test.each([
    ['SIGINT', 'containers'],
    ['SIGTERM', 'wires'],
    ['SIGINT', 'ping'],
    ['SIGTERM', 'apply'],
    ['SIGINT', 'down'],
  ] as const)('by %s at %s', async (signal, where) => {
    await expect(endAndCount({ signal, where })).resolves.toEqual({ ended: 130, said: '' });
    expect(hostNetwork()).toEqual(host);
  });
});
