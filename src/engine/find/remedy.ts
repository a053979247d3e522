import type { Host } from './decide.ts';

const ids = (osRelease: string): string[] =>
  [...osRelease.matchAll(/^ID(?:_LIKE)?=(?<ids>.*)$/gmu)].flatMap(({ groups }) =>
    (groups?.['ids'] ?? '').replaceAll(/["']/gu, '').split(/\s+/u),
  );

export const isDebianLike = (osRelease: string): boolean =>
  ids(osRelease).some((id) => id === 'debian' || id === 'ubuntu');

type Commands = { readonly install: string; readonly start: string };

// biome-ignore format: a table
const LINUX: readonly (readonly [family: string, commands: Commands])[] = [
  ['debian', { install: 'apt-get install -y docker.io',        start: 'systemctl start docker' }],
  ['ubuntu', { install: 'apt-get install -y docker.io',        start: 'systemctl start docker' }],
  ['fedora', { install: 'dnf install -y moby-engine',          start: 'systemctl start docker' }],
  ['rhel',   { install: 'dnf install -y moby-engine',          start: 'systemctl start docker' }],
  ['suse',   { install: 'zypper install -y docker',            start: 'systemctl start docker' }],
  ['arch',   { install: 'pacman -S --noconfirm docker',        start: 'systemctl start docker' }],
  ['alpine', { install: 'apk add docker',                      start: 'rc-service docker start' }],
];

/** The two commands that help on this platform: to install an engine and start it, or to be let to use it. */
export function engineRemedy({ host, locked }: { host: Host; locked: boolean }): [string, string] {
  if (host.platform === 'darwin') return ['brew install colima docker', 'colima start'];
  if (host.platform !== 'linux') return ['wsl --install', 'wsl   (and run netdojo in there)'];
  const sudo = host.root ? '' : 'sudo ';
  if (locked) return [`${sudo}usermod -aG docker "$USER"`, 'newgrp docker   (or log in again)'];
  const family = ids(host.osRelease);
  const commands = LINUX.find(([id]) => family.some((own) => own === id || own.startsWith(`${id}-`)))?.[1];
  const start = `${sudo}${commands?.start ?? 'systemctl start docker'}`;
  if (host.dockerd && !host.root) return [start, `sudo usermod -aG docker "$USER"   (and log in again)`];
  return [commands ? `${sudo}${commands.install}` : 'https://docs.docker.com/engine/install/', start];
}
