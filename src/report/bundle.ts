import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EXIT, messageOf, NetdojoError } from '../errors/index.ts';
import { mergedCapture, type RunCapture } from './captures.ts';
import { junitXml } from './junit.ts';
import type { RunReport } from './model.ts';
import { page } from './page/page.ts';

export interface BundleOptions {
  /** Where bundles are kept. Default `reports`. */
  readonly directory?: string;
  /** The frames, for `packets.pcapng` and the page's hex views. */
  readonly captures?: readonly RunCapture[];
  /** The bundle's own errors are tested with these in place of the real ones. */
  readonly files?: Partial<BundleFiles>;
}

/** What touches the disk. */
export interface BundleFiles {
  readonly write: (file: string, chunks: Iterable<Uint8Array | string>) => Promise<void>;
  readonly symlink: (target: string, path: string) => Promise<void>;
}

/** Where everything is; absolute. */
export interface BundlePaths {
  readonly directory: string;
  readonly html: string;
  readonly packets: string;
  readonly json: string;
  readonly junit: string;
  /** Points to the newest bundle: a link, or a text file with its name where links are impossible. */
  readonly latest: string;
}

const NAMES = {
  html: 'index.html',
  packets: 'packets.pcapng',
  json: 'run.json',
  junit: 'junit.xml',
} as const;

/**
 * Writes `<directory>/<run>/` and lets `<directory>/latest` point to it. Either the whole bundle is there afterwards or
 * nothing of it: it grows in a hidden folder beside and is renamed at the end. Throws ND_REPORT_NAME, ND_REPORT_FULL,
 * ND_REPORT_READONLY or ND_REPORT_WRITE.
 */
export async function writeBundle(report: RunReport, options: BundleOptions = {}): Promise<BundlePaths> {
  const { directory = 'reports', captures = [] } = options;
  const files: BundleFiles = { write: writeChunks, symlink, ...options.files };
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(report.run) || report.run === 'latest')
    throw new NetdojoError(`the run's name ${JSON.stringify(report.run)} cannot name a folder`, {
      code: 'ND_REPORT_NAME',
      expected: 'letters, digits, ".", "_" and "-", a letter or digit first, at most 100, and not "latest"',
    });

  const root = resolve(directory);
  const target = join(root, report.run);
  const growing = join(root, `.${report.run}.${randomBytes(4).toString('hex')}`);
  try {
    await mkdir(growing, { recursive: true });
    await files.write(join(growing, NAMES.json), [`${JSON.stringify(report)}\n`]);
    await files.write(join(growing, NAMES.junit), [junitXml(report)]);
    await files.write(join(growing, NAMES.packets), mergedCapture(report, captures));
    await files.write(join(growing, NAMES.html), [page(report, captures)]);
    await replace(growing, target);
    await pointLatest(root, report.run, files);
  } catch (error) {
    await rm(growing, { recursive: true, force: true }).catch(() => undefined);
    throw writeError(error, root);
  }
  const at = (name: string) => join(target, name);
  return {
    directory: target,
    html: at(NAMES.html),
    packets: at(NAMES.packets),
    json: at(NAMES.json),
    junit: at(NAMES.junit),
    latest: join(root, 'latest'),
  };
}

async function writeChunks(file: string, chunks: Iterable<Uint8Array | string>): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    for (const chunk of chunks) await handle.writeFile(chunk);
  } finally {
    await handle.close();
  }
}

/** The new folder takes the place of an earlier bundle of the same name. */
async function replace(from: string, to: string): Promise<void> {
  const old = `${from}.old`;
  const existed = await rename(to, old).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
      return false;
    },
  );
  await rename(from, to);
  if (existed) await rm(old, { recursive: true, force: true });
}

const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'UNKNOWN']);

async function pointLatest(root: string, run: string, files: BundleFiles): Promise<void> {
  const latest = join(root, 'latest');
  const known = await lstat(latest).catch(() => undefined);
  if (known?.isSymbolicLink() === true && (await readlink(latest)) === run) return;
  const fresh = join(root, `.latest.${randomBytes(4).toString('hex')}`);
  try {
    await files.symlink(run, fresh).catch(async (error: unknown) => {
      if (!NO_LINKS.has(codeOf(error) ?? '')) throw error;
      await writeFile(fresh, `${run}\n`);
    });
    await rename(fresh, latest);
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => undefined);
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function writeError(error: unknown, root: string): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const common = { cause: error, exitCode: EXIT.environment };
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new NetdojoError(`no room for the report in ${root}`, {
      code: 'ND_REPORT_FULL',
      hint: 'remove old bundles there, or choose another folder',
      ...common,
    });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new NetdojoError(`the report cannot be written to ${root}`, {
      code: 'ND_REPORT_READONLY',
      hint: 'choose a folder that you may write',
      ...common,
    });
  return new NetdojoError(`the report could not be written to ${root}: ${messageOf(error)}`, {
    code: 'ND_REPORT_WRITE',
    ...common,
  });
}
