/** What a run may leave on the machine, counted. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Engine } from '../engine/index.ts';
import { LABEL, listOwned } from '../engine/own/index.ts';

/** Names of all containers' ids that a cloud has ever had, from the engine's diary. */
async function everMade(engine: Engine, name: string, since: number): Promise<string[]> {
  // Up to this very moment: the engine would wait for a later one.
  const until = Date.now() / 1000;
  const stream = (await engine.docker.getEvents({
    since: Math.floor(since / 1000),
    until,
    filters: { type: ['container'], event: ['create'], label: [`${LABEL.name}=${name}`] },
  })) as unknown as AsyncIterable<Buffer>;
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { Actor: { ID: string } }).Actor.ID);
}

/** Each process of the machine as it was called. */
function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((pid) => {
      const read = (): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return ifThere(read) ?? [];
    });
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    // It ended between being listed and being looked at, or is the kernel's own.
    if (['ENOENT', 'ESRCH', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

const below = (folder: string): string[] =>
  ifThere(() => readdirSync(folder, { recursive: true }) as string[]) ?? [];

/** Links and named namespaces of the host itself: a cloud adds none at any time. */
export const hostNetwork = (): string[] => [
  ...readdirSync('/sys/class/net').map((name) => `link ${name}`),
  ...(ifThere(() => readdirSync('/run/netns')) ?? []).map((name) => `namespace ${name}`),
];

export interface Traces {
  readonly engine: Engine;
  readonly name: string;
  /** When the run began, in milliseconds since 1970. */
  readonly since: number;
  /** What the program had for its temporary files. */
  readonly temporary: string;
}

/** One line for everything that is left of a cloud of that name. */
export async function leftOver({ engine, name, since, temporary }: Traces): Promise<string[]> {
  const owned = (await listOwned(engine.docker)).filter((one) => one.name === name);
  if (owned.length > 0) return owned.map((one) => `container ${one.node}`);
  const ids = await everMade(engine, name, since);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const run = below(join(dirname(engine.socket), 'exec'));
  return [
    ...commandLines()
      .filter((line) => line.includes(name) || ids.some((id) => line.includes(id)))
      .map((line) => `process ${line.slice(0, 120)}`),
    ...ids.flatMap((id) => mounts.filter((line) => line.includes(id)).map(() => `mount of ${id}`)),
    ...ids.flatMap((id) => run.filter((path) => path.includes(id)).map((path) => `file ${path}`)),
    ...below(temporary).map((path) => `file ${join(temporary, path)}`),
  ];
}

/** Agents in a container, its first process among them. */
export const agentsIn = (containerId: string): number =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .filter((pid) => ifThere(() => readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.includes(containerId))
    .filter((pid) => ifThere(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.startsWith('python3\0'))
    .length;
