import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatError } from '../../errors/index.ts';
import { findEngine, probeDatapath, waitFor } from '../find/index.ts';
import { buildFailure } from './failure.ts';
import { ensureNodeImage, imageReference, imageSize } from './index.ts';
import { IMAGE_FOLDER, packageNames } from './inputs.ts';

const options = { allowSetup: true, log: () => undefined };

test('the tag changes with what the image is made of, and only with that', () => {
  const copy = mkdtempSync(join(tmpdir(), 'netdojo-image-'));
  try {
    cpSync(IMAGE_FOLDER, copy, { recursive: true });
    expect(imageReference(copy)).toBe(imageReference());
    expect(imageReference()).toMatch(/^netdojo-node:[0-9a-f]{12}$/);
    writeFileSync(join(copy, 'notes.txt'), 'not an input');
    expect(imageReference(copy)).toBe(imageReference());
    writeFileSync(join(copy, 'packages.txt'), 'openvswitch-switch\n');
    expect(imageReference(copy)).not.toBe(imageReference());
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test('reads a package list with comments', () => {
  expect(packageNames('# what\n\nip # why\n  tcpdump  \n')).toEqual(['ip', 'tcpdump']);
});

test('names a full disk, and shows the end of any other failure', () => {
  const full = buildFailure('mmdebstrap', new Error('exit code 1'), ['dpkg: error: No space left on device']);
  expect(formatError(full)).toBe(`\
ND_DISK_FULL: the disk is full: the node image needs 1 GB while it is built
  because: exit code 1
  try: docker system df   (what the engine keeps)
       df -h /tmp ~/.cache`);
  const other = buildFailure('mmdebstrap', new Error('exit code 1'), ['E: no such package']);
  expect(formatError(other)).toBe(`\
ND_IMAGE_BUILD: the node image cannot be built with mmdebstrap
  E: no such package
  because: exit code 1`);
});

test('a build that is cut short leaves no image', async () => {
  const engine = await findEngine(options);
  await ensureNodeImage(engine, options);
  const { buildFromPackages } = await import('./bootstrap.ts');
  const stop = new AbortController();
  const reference = `netdojo-node:cut-short-${process.pid}`;
  const build = buildFromPackages(engine, { reference, log: options.log, signal: stop.signal });
  setImmediate(() => stop.abort(new Error('Ctrl-C')));
  await expect(build).rejects.toThrow('Ctrl-C');
  expect(await imageSize(engine, reference)).toBeUndefined();
  await waitFor(
    async () =>
      (await imageSize(engine, `netdojo-node:building-${process.pid}`)) === undefined ? true : undefined,
    { what: 'the partial image to go', deadlineMs: 3000 },
  );
}, 120_000);

test('a node has what Open vSwitch and the agent need', async () => {
  const engine = await findEngine(options);
  const image = await ensureNodeImage(engine, options);
  expect(await ensureNodeImage(engine, options)).toBe(image);
  const cacheFile = join(mkdtempSync(join(tmpdir(), 'netdojo-image-')), 'datapath.json');
  try {
    const datapath = await probeDatapath(engine, { image, cacheFile });
    expect(['system', 'netdev']).toContain(datapath);
    expect(await probeDatapath(engine, { image: 'no such image', cacheFile })).toBe(datapath);
  } finally {
    rmSync(join(cacheFile, '..'), { recursive: true });
  }
}, 120_000);
