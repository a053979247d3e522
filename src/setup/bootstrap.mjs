#!/usr/bin/env node
// Runs before every npm script, on whatever Node the machine has (18 or newer): installs the dependencies when the
// lock file differs from what was installed last, and does nothing (in some 2 ms) otherwise.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const modules = `${root}node_modules`;
const stamp = `${modules}/.netdojo-lock`;

/** What an installation depends on: the lock file and the platform that the binaries are for. */
function wanted() {
  const hash = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex');
  return `${hash} ${process.platform}-${process.arch}\n`;
}

function installed() {
  return existsSync(stamp) && existsSync(`${modules}/.bin/node`) ? readFileSync(stamp, 'utf8') : '';
}

/** `npm ci` under the Node that started npm: the one in node_modules is about to be replaced. */
function install() {
  const node = process.env.npm_node_execpath;
  const cli = process.env.npm_execpath;
  const [command, ...args] = node && cli ? [node, cli] : ['npm'];
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !entry.startsWith(modules));
  return spawnSync(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: { ...process.env, PATH: path.join(delimiter) },
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  });
}

const NETWORK =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/;

/** @returns {string | undefined} a text for the user when the installation failed */
function failure(result) {
  const said = (result.stderr ?? '').trim();
  if (result.error)
    return `ND_SETUP_NPM: npm cannot be started: ${result.error.message}\n  try: apt-get install npm`;
  if (result.status === 0) return undefined;
  const network = NETWORK.exec(said);
  if (network) {
    return [
      `ND_SETUP_OFFLINE: the dependencies are not installed and the npm registry does not answer (${network[0]})`,
      '  expected: a network on the first run, or after package-lock.json has changed',
      '  try: npm ci --prefer-offline   (when npm has them in its cache)',
      '       npm config get registry   (is it the one that this machine can reach?)',
    ].join('\n');
  }
  if (said.includes('ENOSPC'))
    return 'ND_SETUP_DISK: the disk is full\n  expected: 400 MB free for node_modules';
  // npm says what is wrong first and prints its usage after it.
  const head = said
    .split('\n')
    .slice(0, 15)
    .map((line) => `    ${line}`);
  return [`ND_SETUP_NPM: npm ci failed with exit code ${result.status}`, ...head].join('\n');
}

/** npm does not link a package's own command; `npx netdojo` and the scripts here want it. */
function linkCommand() {
  const link = `${modules}/.bin/netdojo`;
  if (lstatSync(link, { throwIfNoEntry: false })) return;
  try {
    symlinkSync('../../src/cli/bin.mjs', link);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error; // another npm script of this checkout made it just now
  }
}

const want = wanted();
if (installed() !== want) {
  const why = existsSync(stamp) ? 'package-lock.json has changed' : 'first run';
  console.error(`netdojo: installing the dependencies (${why})`);
  rmSync(stamp, { force: true });
  const message = failure(install());
  if (message !== undefined) {
    console.error(message);
    process.exit(3);
  }
  writeFileSync(stamp, want);
}
linkCommand();
