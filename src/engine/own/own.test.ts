import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, findEngine, waitFor } from '../find/index.ts';
import { ensureNodeImage } from '../image/index.ts';
import {
  gc,
  LABEL,
  listOwned,
  ownerLabels,
  ownerState,
  releaseWatchdog,
  removeRun,
  startWatchdog,
  sweep,
  thisOwner,
} from './index.ts';
import { startStranger } from './stranger.fixture.ts';

const options = { allowSetup: true, log: () => undefined };
const tag = `own-test-${process.pid}`;
let engine: Engine;
let image: string;

beforeAll(async () => {
  engine = await findEngine(options);
  image = await ensureNodeImage(engine, options);
}, 120_000);

afterAll(async () => {
  for (const run of ['a', 'b', 'c', 'd', 'e']) await removeRun(engine, `${tag}-${run}`);
});

async function make(labels: Record<string, string>, start = false): Promise<string> {
  const container = await engine.docker.createContainer({
    Image: image,
    Cmd: ['sleep', '60'],
    Labels: labels,
    HostConfig: { NetworkMode: 'none' },
  });
  if (start) await container.start();
  return container.id;
}

const ids = async (run: string) => (await listOwned(engine.docker, run)).map(({ id }) => id);

const gone = (run: string) =>
  waitFor(async () => ((await ids(run)).length === 0 ? true : undefined), {
    what: `the containers of ${run} to be removed`,
    deadlineMs: 5000,
  });

describe('who owns what', () => {
  test('knows a living owner, a dead one, an earlier process of the same number and another machine', () => {
    const [, boot, host] = thisOwner().split('@');
    expect(ownerState(thisOwner())).toBe('alive');
    expect(ownerState(`${process.pid}:1@${boot}@${host}`)).toBe('dead');
    expect(ownerState(`4194304:1@${boot}@${host}`)).toBe('dead');
    expect(ownerState(`${process.pid}:1@another-boot@${host}`)).toBe('dead');
    expect(ownerState(`${process.pid}:1@${boot}@another-host`)).toBe('elsewhere');
    expect(ownerState('nonsense')).toBe('elsewhere');
  });

  test('sweep removes what a dead process left, and nothing else', async () => {
    const labels = ownerLabels({ run: `${tag}-a`, name: 'cloud', node: 'n', lifetime: 'process' });
    const [, boot, host] = thisOwner().split('@');
    const dead = `4194304:1@${boot}@${host}`;
    const stranger = await startStranger(engine, image);
    const [left, mine, kept, elsewhere] = await Promise.all([
      make({ ...labels, [LABEL.owner]: dead }),
      make(labels),
      make({ ...labels, [LABEL.owner]: dead, [LABEL.lifetime]: 'kept' }),
      make({ ...labels, [LABEL.owner]: '1:1@b@another-host' }),
    ]);
    expect((await sweep(engine)).map(({ id }) => id)).toContain(left);
    expect((await ids(`${tag}-a`)).toSorted()).toEqual([mine, kept, elsewhere].toSorted());

    const report = await gc(engine);
    const why = Object.fromEntries(report.left.map((one) => [one.id, one.why]));
    expect([why[mine], why[kept], why[elsewhere]]).toEqual(['in use', 'kept', 'of another machine']);
    expect((await engine.docker.getContainer(stranger.getId()).inspect()).State.Running).toBe(true);
    await stranger.stop();
  });
});

describe('watchdog', () => {
  test('removes the run when the process that started it is killed, containers in the making included', async () => {
    const script = fileURLToPath(new URL('victim.fixture.ts', import.meta.url));
    const victim = spawn(process.execPath, [script, `${tag}-b`, image], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: victim.stdout });
    await once(lines, 'line');
    victim.kill('SIGKILL');
    await once(victim, 'exit');
    await gone(`${tag}-b`);
    // The victim died with four creations on their way: none may turn up later.
    const until = performance.now() + 1200;
    await waitFor(
      async () => {
        expect(await ids(`${tag}-b`)).toEqual([]);
        return performance.now() > until ? true : undefined;
      },
      { what: 'late containers', deadlineMs: 5000, everyMs: 100 },
    );
  });

  test('leaves a released run alone', async () => {
    const watchdog = startWatchdog(engine, `${tag}-c`);
    const id = await make(ownerLabels({ run: `${tag}-c`, name: 'cloud', node: 'n', lifetime: 'kept' }));
    await releaseWatchdog(watchdog);
    expect(await ids(`${tag}-c`)).toEqual([id]);
  });

  test('removes the run when disposed, again and again', async () => {
    {
      await using _guard = startWatchdog(engine, `${tag}-d`);
      const labels = ownerLabels({ run: `${tag}-d`, name: 'cloud', node: 'n', lifetime: 'process' });
      await Promise.all([make(labels, true), make(labels)]);
    }
    expect(await ids(`${tag}-d`)).toEqual([]);
    await removeRun(engine, `${tag}-d`);
  });
});
