import { lstat, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCapture } from 'tcpdump-parser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadCloud } from '../topology/index.ts';
import { writeBundle } from './bundle.ts';
import { type RunReport, runStatus } from './model.ts';
import { sampleRun } from './sample.ts';

const { report, captures } = sampleRun(await loadCloud('fixtures/clouds/l2-demo.yaml'));
let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'netdojo-report-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const failWith = (code: string) => Object.assign(new Error(`${code}: it said no`), { code });

test('a bundle has its four files, and latest points to it', async () => {
  const paths = await writeBundle(report, { directory, captures });
  expect((await readdir(paths.directory)).toSorted()).toEqual([
    'index.html',
    'junit.xml',
    'packets.pcapng',
    'run.json',
  ]);
  expect((await readdir(directory)).toSorted()).toEqual([report.run, 'latest']);
  expect(await readlink(paths.latest)).toBe(report.run);
  const json = JSON.parse(await readFile(paths.json, 'utf8')) as RunReport;
  expect(json).toEqual(report);
  expect(runStatus(json.scenarios)).toBe('failed');
  expect((await lstat(paths.html)).size).toBeLessThan(1_500_000);
});

test('a second run moves latest; the same run again replaces its bundle', async () => {
  await writeBundle(report, { directory, captures });
  const { latest } = await writeBundle({ ...report, run: 'second' }, { directory });
  expect(await readlink(latest)).toBe('second');
  const again = await writeBundle({ ...report, engine: 'another' }, { directory });
  expect(await readFile(again.json, 'utf8')).toContain('"engine":"another"');
  expect((await readdir(directory)).toSorted()).toEqual([report.run, 'latest', 'second']);
  expect(await readlink(latest)).toBe(report.run);
});

test('where links are impossible, latest is a text file', async () => {
  const symlink = () => Promise.reject(failWith('EPERM'));
  const { latest } = await writeBundle(report, { directory, files: { symlink } });
  expect(await readFile(latest, 'utf8')).toBe(`${report.run}\n`);
});

test.each([
  ['ENOSPC', 'ND_REPORT_FULL', 'no room for the report'],
  ['EROFS', 'ND_REPORT_READONLY', 'cannot be written'],
  ['EIO', 'ND_REPORT_WRITE', 'could not be written'],
])('%s in the middle leaves nothing behind', async (errno, code, message) => {
  let writes = 0;
  const write = async (file: string) => {
    if (++writes === 3) throw failWith(errno);
    await writeFile(file, 'half');
  };
  await expect(writeBundle(report, { directory, files: { write } })).rejects.toMatchObject({
    name: 'NetdojoError',
    code,
    exitCode: 3,
    message: expect.stringContaining(message) as string,
  });
  expect(await readdir(directory)).toEqual([]);
});

test('a folder that cannot be made', async () => {
  await writeFile(join(directory, 'file'), '');
  await expect(writeBundle(report, { directory: join(directory, 'file', 'reports') })).rejects.toMatchObject({
    code: 'ND_REPORT_WRITE',
  });
});

test.each(['../out', 'a/b', '', 'latest', '.hidden', 'x'.repeat(101)])('%o names no run', async (run) => {
  await expect(writeBundle({ ...report, run }, { directory })).rejects.toMatchObject({
    code: 'ND_REPORT_NAME',
  });
  expect(await readdir(directory)).toEqual([]);
});

test('the merged capture names points, keeps nanoseconds and says which hop a frame shows', async () => {
  const { packets } = await writeBundle(report, { directory, captures });
  const { interfaces, packets: read } = await capture(packets);
  expect(interfaces).toContain('web1:eth0');
  expect(interfaces).toContain('tor1:swp3');
  expect(new Set(interfaces).size).toBe(interfaces.length);
  expect(read).toHaveLength(captures[0]?.frames.length ?? 0);
  const times = read.map(({ timestamp }) => timestamp);
  expect(times).toEqual(times.toSorted((a, b) => Number(a - b)));
  expect(times[0]).toBe(captures[0]?.frames[0]?.time);
  const wires = read.filter((packet) => packet.comment?.includes('hop 3 · wire compute1:eth1 to tor1'));
  expect(wires.map(({ interfaceName, direction }) => `${interfaceName} ${direction}`)).toEqual([
    'compute1:eth1 out',
    'tor1:swp3 in',
    'compute1:eth1 out',
    'tor1:swp3 in',
  ]);
});

test('points of two clouds stay apart', async () => {
  const [cloud] = report.clouds;
  const [one] = report.captures;
  if (cloud === undefined || one === undefined) throw new Error('the sample has a cloud');
  const two: RunReport = {
    ...report,
    clouds: [cloud, { ...cloud, id: 'other' }],
    captures: [one, { ...one, id: 'two', cloud: 'other' }],
  };
  const frames = captures[0]?.frames ?? [];
  const { packets } = await writeBundle(two, { directory, captures: [...captures, { id: 'two', frames }] });
  const { interfaces } = await capture(packets);
  expect(interfaces).toContain('l2-demo/web1:eth0');
  expect(interfaces).toContain('other/web1:eth0');
});

async function capture(file: string) {
  const { interfaces, packets } = parseCapture(await readFile(file));
  return { interfaces: interfaces.map(({ name }) => name ?? ''), packets };
}
