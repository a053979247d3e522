/** What a later process must know of a running cloud; kept in the guests' container. */
import { isNetdojoError } from '../errors/index.ts';
import type { CloudState } from '../state/index.ts';
import type { Agent } from './agent/connection.ts';
import { cloudUnfinished } from './cluster-errors.ts';
import type { DatapathType } from './ovsdb/operations.ts';

export interface Memory {
  readonly state: CloudState;
  /** States that an `apply` set out for and is not known to have reached. */
  readonly attempts?: readonly CloudState[];
  readonly datapathType: DatapathType;
  /** The caller's own: documents, allocations, target. */
  readonly session: unknown;
}

const MEMORY = '/run/netdojo/memory.json';

/** @throws NetdojoError ND_CLOUD_BROKEN when nothing has been remembered */
export async function readMemory(name: string, guests: Agent): Promise<Memory> {
  let text: string;
  try {
    text = await guests.request<string>('read', { path: MEMORY });
  } catch (error) {
    if (!isNetdojoError(error) || error.code !== 'ND_NODE_COMMAND') throw error;
    throw cloudUnfinished(name, error);
  }
  return JSON.parse(text) as Memory;
}

/** The file is there whole or not at all. @throws NetdojoError ND_NODE_COMMAND, where the disk is full for one */
export async function writeMemory(guests: Agent, memory: Memory): Promise<void> {
  await guests.request('write', { path: MEMORY, text: JSON.stringify(memory) });
}
