import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** Where engines listen, the preferred first: the chosen docker context, the system's, the user's, the desktop's. */
export function engineAddresses(env: Env = process.env, home: string = homedir()): string[] {
  const sockets = [
    '/var/run/docker.sock',
    ...(env['XDG_RUNTIME_DIR'] ? [join(env['XDG_RUNTIME_DIR'], 'docker.sock')] : []),
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
    join(home, '.colima/default/docker.sock'),
    join(home, '.rd/docker.sock'),
  ].filter((path) => existsSync(path));
  const context = contextAddress(env, home);
  return [...new Set([...(context ? [context] : []), ...sockets.map((path) => `unix://${path}`)])];
}

/** The address of the context that `docker context use` (or DOCKER_CONTEXT) has chosen. */
function contextAddress(env: Env, home: string): string | undefined {
  const folder = env['DOCKER_CONFIG'] || join(home, '.docker');
  const name = env['DOCKER_CONTEXT'] || readField(join(folder, 'config.json'), ['currentContext']);
  if (name === undefined || name === 'default') return undefined;
  const id = createHash('sha256').update(name).digest('hex');
  return readField(join(folder, 'contexts/meta', id, 'meta.json'), ['Endpoints', 'docker', 'Host']);
}

/** A text in a JSON file; a file that is absent or broken is docker's business and not ours. */
function readField(path: string, keys: readonly string[]): string | undefined {
  if (!existsSync(path)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  for (const key of keys) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}
