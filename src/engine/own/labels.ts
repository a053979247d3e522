import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { alive, startTime } from '../find/process.ts';

export const LABEL = {
  ours: 'io.netdojo',
  run: 'io.netdojo.run',
  name: 'io.netdojo.name',
  node: 'io.netdojo.node',
  lifetime: 'io.netdojo.lifetime',
  owner: 'io.netdojo.owner',
} as const;

/** `process`: goes with the process that made it. `kept`: stays until somebody takes it down. */
export type Lifetime = 'process' | 'kept';

export type Ownership = {
  readonly run: string;
  /** Name of the cloud. */
  readonly name: string;
  readonly node: string;
  readonly lifetime: Lifetime;
};

/** The labels of a container that this process makes. */
export function ownerLabels({ run, name, node, lifetime }: Ownership): Record<string, string> {
  return {
    [LABEL.ours]: '1',
    [LABEL.run]: run,
    [LABEL.name]: name,
    [LABEL.node]: node,
    [LABEL.lifetime]: lifetime,
    [LABEL.owner]: thisOwner(),
  };
}

export type OwnerState = 'alive' | 'dead' | 'elsewhere';

let self: string | undefined;

/** `<pid>:<start time>@<boot id>@<host name>` of this process. */
export function thisOwner(): string {
  self ??= `${process.pid}:${startTime(process.pid) ?? ''}@${bootId()}@${hostname()}`;
  return self;
}

/** Whether the process that a label names still runs; `elsewhere` when this machine cannot tell. */
export function ownerState(owner: string): OwnerState {
  const match = /^(?<pid>\d+):(?<start>\d*)@(?<boot>[^@]*)@(?<host>.+)$/u.exec(owner)?.groups;
  if (match === undefined || match['host'] !== hostname()) return 'elsewhere';
  if (match['boot'] !== bootId()) return 'dead';
  const since = match['start'] === '' ? undefined : match['start'];
  return alive({ pid: Number(match['pid']), startTime: since }) ? 'alive' : 'dead';
}

let boot: string | undefined;

/** Changes with each boot of the machine; empty where the system has no such thing, and all boots count as one. */
function bootId(): string {
  boot ??= process.platform === 'linux' ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : '';
  return boot;
}
