/** What the switches of a node come to, in the order in which it can be carried out. Pure. */
import type { Change, OvsPortState } from '../../state/index.ts';
import type { SwitchChange } from '../ovsdb/operations.ts';
import { portLimits } from '../ovsdb/port-limits.ts';

export type PieceChange = Exclude<Change, { part: 'node' | 'namespace' }>;

export interface SwitchSteps {
  /** Bridges, and ports that need no wire; changed ports of any kind. */
  readonly bridges: SwitchChange;
  readonly removals: SwitchChange;
  /** Ports that take up the end of a wire. */
  readonly devices: SwitchChange;
}

type Lists = {
  -readonly [K in keyof SwitchChange]: NonNullable<SwitchChange[K]>[number][];
};

const noSwitchChange = (): Lists => ({
  addBridges: [],
  setBridges: [],
  removeBridges: [],
  addPorts: [],
  setPorts: [],
  removePorts: [],
});

export function switchSteps(changes: readonly PieceChange[]): SwitchSteps {
  const bridges = noSwitchChange();
  const removals = noSwitchChange();
  const devices = noSwitchChange();
  for (const change of changes) {
    if (change.part === 'bridges') {
      if (change.action === 'add') bridges.addBridges.push(change.after);
      else if (change.action === 'update') bridges.setBridges.push(change.after);
      else removals.removeBridges.push(change.before.name);
    }
    if (change.part === 'ports') portSteps(change, { bridges, removals, devices });
  }
  return { bridges, removals, devices };
}

type Collected = Record<'bridges' | 'removals' | 'devices', ReturnType<typeof noSwitchChange>>;

function portSteps(
  change: Extract<Change, { part: 'ports' }>,
  { bridges, removals, devices }: Collected,
): void {
  const before = change.action === 'add' ? undefined : change.before;
  const after = change.action === 'remove' ? undefined : change.after;
  const limits = portLimits(before, after);
  const takesEnd = after?.type === '' && !(before && isSamePort(before, after));
  const at = after === undefined ? removals : takesEnd ? devices : bridges;
  if (limits) at.limits = [...(at.limits ?? []), limits];
  if (change.action === 'remove') removals.removePorts.push(change.before);
  else if (change.action === 'update' && isSamePort(change.before, change.after))
    bridges.setPorts.push(change.after);
  // One that has to be made anew, since a port cannot change its kind or its bridge in place, goes as it comes.
  else if (change.after.type !== '') bridges.addPorts.push(change.after);
  else {
    if (change.action === 'update') removals.removePorts.push(change.before);
    devices.addPorts.push(change.after);
  }
}

export const isSamePort = (a: OvsPortState, b: OvsPortState): boolean =>
  a.bridge === b.bridge && a.type === b.type;

export const isEmpty = (change: SwitchChange): boolean =>
  Object.values(change).every((list: readonly unknown[]) => list.length === 0);
