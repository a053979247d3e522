import { describe, expect, test } from 'vitest';
import { formatError } from '../../errors/index.ts';
import { type Candidate, decide, type Facts, type Host } from './decide.ts';
import { engineRemedy, isDebianLike } from './remedy.ts';

const debian = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n';
const mint = 'ID=linuxmint\nID_LIKE="ubuntu debian"\n';
const fedora = 'ID=fedora\n';
const host: Host = { platform: 'linux', root: true, osRelease: debian, dockerd: false };
const answer = { version: '27.1.0', apiVersion: '1.46' };
const system: Candidate = { address: 'unix:///var/run/docker.sock', answer };
const silent: Candidate = { address: 'unix:///run/netdojo/docker.sock', answer: { refused: 'ENOENT' } };

const step = (facts: Partial<Facts>, own: Partial<Host> = {}) =>
  decide({ candidates: [silent], allowSetup: true, ...facts, host: { ...host, ...own } });

function failure(facts: Partial<Facts>, own: Partial<Host> = {}): string {
  const decided = step(facts, own);
  if (decided.do !== 'fail') throw new Error(`it would ${decided.do}`);
  return formatError(decided.error);
}

const remedy = (own: Partial<Host>) => engineRemedy({ host: { ...host, ...own }, locked: false });

describe('which engine', () => {
  test('the first that answers, before anything is started', () => {
    const ours = { ...silent, answer };
    expect(step({ candidates: [system, ours] }, { dockerd: true })).toEqual({ do: 'use', ...system });
    expect(step({ candidates: [{ ...system, answer: { refused: 'ECONNREFUSED' } }, ours] })).toEqual({
      do: 'use',
      ...ours,
    });
  });

  test('a private one where dockerd is installed and this is root', () => {
    expect(step({}, { dockerd: true }).do).toBe('start-private');
    expect(step({ allowSetup: false }, { dockerd: true }).do).toBe('start-private');
    expect(step({}, { dockerd: true, root: false }).do).toBe('fail');
  });

  test('an installed one only as root on Debian and its kin, and only when allowed', () => {
    expect(step({}).do).toBe('install');
    expect(step({}, { osRelease: mint }).do).toBe('install');
    expect(step({}, { osRelease: fedora }).do).toBe('fail');
    expect(step({}, { root: false }).do).toBe('fail');
    expect(step({ allowSetup: false }).do).toBe('fail');
  });
});

describe('what the user reads', () => {
  test('with --no-setup', () => {
    expect(failure({ allowSetup: false })).toBe(`\
ND_ENGINE_NONE: no Docker engine answers
  --no-setup forbids to install one
  expected: a running engine, DOCKER_HOST pointing to one, or root on Linux with dockerd installed
  try: apt-get install -y docker.io
       systemctl start docker`);
  });

  test('without the right to use the engine that runs', () => {
    const candidates = [{ address: 'unix:///var/run/docker.sock', answer: { refused: 'EACCES' } }];
    expect(failure({ candidates }, { root: false, dockerd: true })).toBe(`\
ND_ENGINE_RIGHTS: this user may not use the engine at unix:///var/run/docker.sock
  unix:///var/run/docker.sock: EACCES
  expected: a running engine, DOCKER_HOST pointing to one, or root on Linux with dockerd installed
  try: sudo usermod -aG docker "$USER"
       newgrp docker   (or log in again)`);
  });

  test('two commands for each platform', () => {
    expect(remedy({ platform: 'darwin' })).toEqual(['brew install colima docker', 'colima start']);
    expect(remedy({ osRelease: fedora, root: false })).toEqual([
      'sudo dnf install -y moby-engine',
      'sudo systemctl start docker',
    ]);
    expect(remedy({ osRelease: 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n' })[0]).toBe(
      'zypper install -y docker',
    );
    expect(remedy({ osRelease: '' })[0]).toBe('https://docs.docker.com/engine/install/');
  });

  test('knows Debian and what comes from it', () => {
    expect([debian, mint, 'ID="ubuntu"'].map(isDebianLike)).toEqual([true, true, true]);
    expect([fedora, 'NAME="not debian"', ''].map(isDebianLike)).toEqual([false, false, false]);
  });
});
