/** Files and daemons of a node: what is to be written, ended, started and told to read its files again. Pure. */
import { type Change, equal, type FileState, type NodeState, type ProcessState } from '../../state/index.ts';

export interface ServiceSteps {
  /** Names of daemons that end before anything else is done: what they hold is about to go. */
  readonly stop: readonly string[];
  readonly write: readonly FileState[];
  /** Paths. */
  readonly erase: readonly string[];
  readonly start: readonly ProcessStart[];
}

export interface ProcessStart {
  readonly process: ProcessState;
  /** One that runs with the same command is to read its files again, and need not be started anew. */
  readonly reload: boolean;
}

const isSameProcess = (a: ProcessState, b: ProcessState): boolean =>
  a.namespace === b.namespace && equal(a.argv, b.argv);

/** `after` is what the node must hold in the end. */
export function serviceSteps(changes: readonly Change[], after: NodeState): ServiceSteps {
  const stop = new Set<string>();
  const write: FileState[] = [];
  const erase = new Set<string>();
  const start = new Map<string, ProcessStart>();
  for (const change of changes) {
    if (change.part === 'files') {
      if (change.action === 'remove') erase.add(change.before.path);
      else if (change.action === 'add' || isOtherFile(change.before, change.after)) write.push(change.after);
    }
    if (change.part !== 'processes') continue;
    if (change.action === 'remove') stop.add(change.before.name);
    else if (change.action === 'add' || !isSameProcess(change.before, change.after)) {
      if (change.action === 'update' && change.before.namespace !== change.after.namespace)
        stop.add(change.before.name);
      start.set(change.after.name, { process: change.after, reload: false });
    }
  }
  const changed = new Set([...write.map(({ path }) => path), ...erase]);
  for (const process of Object.values(after.processes)) {
    if (start.has(process.name) || !process.files.some((path) => changed.has(path))) continue;
    start.set(process.name, { process, reload: process.reload === 'hup' });
  }
  return { stop: [...stop], write, erase: [...erase], start: [...start.values()] };
}

/** Who asked for a file is nothing to those who read it. */
const isOtherFile = (a: FileState, b: FileState): boolean => a.text !== b.text || a.mode !== b.mode;

export const isIdle = (steps: ServiceSteps): boolean =>
  Object.values(steps).every((list: readonly unknown[]) => list.length === 0);
