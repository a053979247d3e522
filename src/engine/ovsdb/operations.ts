/**
 * Bridges and ports as operations on the Open_vSwitch database (RFC 7047, section 5.2; ovs-vswitchd.conf.db(5)).
 * Pure: what is there already comes in as a map of row UUIDs.
 */
import type { BridgeState, OvsPortState } from '../../state/index.ts';
import { limitOperations, type PortLimits } from './port-limits.ts';

export type Operation = Readonly<Record<string, unknown>> & { readonly op: string };
export type DatapathType = 'netdev' | 'system';

/** UUIDs of the rows that exist. */
export interface Rows {
  readonly bridges: ReadonlyMap<string, string>;
  readonly ports: ReadonlyMap<string, string>;
}

/** What to bring about; `addPorts` and `setPorts` are told apart because only a set changes a row in place. */
export interface SwitchChange {
  readonly addBridges: readonly BridgeState[];
  readonly setBridges: readonly BridgeState[];
  readonly removeBridges: readonly string[];
  readonly addPorts: readonly OvsPortState[];
  readonly setPorts: readonly OvsPortState[];
  readonly removePorts: readonly {
    readonly name: string;
    readonly bridge: string;
    readonly type?: OvsPortState['type'];
  }[];
  /** Limits that come, change or go. */
  readonly limits?: readonly PortLimits[];
}

const map = (values: Readonly<Record<string, string>>): unknown => ['map', Object.entries(values)];
const optional = (value: unknown): unknown => (value === undefined ? ['set', []] : value);
const named = (kind: string, name: string): string => `${kind}_${Buffer.from(name).toString('hex')}`;

function bridgeRow(bridge: BridgeState, datapathType: DatapathType): Record<string, unknown> {
  return {
    datapath_type: datapathType,
    fail_mode: bridge.fail_mode,
    other_config: map(bridge.other_config),
    external_ids: map({ 'netdojo-owner': `${bridge.owner.kind} ${bridge.owner.name}` }),
  };
}

function interfaceRow(port: OvsPortState): Record<string, unknown> {
  return {
    type: port.type,
    options: map(port.options),
    external_ids: map(port.external_ids),
    ofport_request: port.ofport,
    mac: optional(port.mac_address),
    mtu_request: optional(port.mtu),
  };
}

function portRow(port: OvsPortState): Record<string, unknown> {
  return {
    tag: optional(port.tag),
    vlan_mode: optional(port.vlan_mode),
    trunks: ['set', port.trunks ?? []],
  };
}

const byName = (name: string): unknown[] => [['name', '==', name]];

/** The port that a bridge has of itself: an internal one of its own name, number LOCAL. */
function localPort(bridge: BridgeState): OvsPortState {
  return {
    name: bridge.name,
    bridge: bridge.name,
    type: 'internal',
    ofport: 65534,
    options: {},
    external_ids: {},
    owner: bridge.owner,
  };
}

/**
 * Operations in one transaction; empty when there is nothing to do. What is to be added and is there already (an
 * earlier attempt was cut short) is set anew, wherever it is.
 */
export function operationsFor(change: SwitchChange, rows: Rows, datapathType: DatapathType): Operation[] {
  const operations: Operation[] = [];
  const portsOf = new Map<string, OvsPortState[]>();
  const addBridges = change.addBridges.filter((bridge) => !rows.bridges.has(bridge.name));
  const setBridges = [
    ...change.setBridges,
    ...change.addBridges.filter((bridge) => rows.bridges.has(bridge.name)),
  ];
  const added = new Map(addBridges.map((bridge) => [bridge.name, bridge]));
  for (const bridge of addBridges) portsOf.set(bridge.name, []);
  for (const port of change.addPorts) {
    const uuid = rows.ports.get(port.name);
    if (uuid === undefined || port.name === port.bridge) continue;
    // A row without a bridge is gone at the end of the transaction, and its name is free again.
    const mutations = [['ports', 'delete', ['uuid', uuid]]];
    operations.push({ op: 'mutate', table: 'Bridge', where: [], mutations });
  }
  for (const port of change.addPorts) {
    const ports = portsOf.get(port.bridge);
    if (ports) ports.push(port);
    else portsOf.set(port.bridge, [port]);
  }

  for (const [name, ports] of portsOf) {
    const bridge = added.get(name);
    if (bridge && !ports.some((port) => port.name === name)) ports.push(localPort(bridge));
    for (const port of ports) {
      const { ofport_request, ...local } = interfaceRow(port);
      const row = port.name === port.bridge ? local : { ...local, ofport_request };
      operations.push(
        {
          op: 'insert',
          table: 'Interface',
          'uuid-name': named('i', port.name),
          row: { name: port.name, ...row },
        },
        {
          op: 'insert',
          table: 'Port',
          'uuid-name': named('p', port.name),
          row: { name: port.name, ...portRow(port), interfaces: ['named-uuid', named('i', port.name)] },
        },
      );
    }
    const references: unknown = ['set', ports.map((port) => ['named-uuid', named('p', port.name)])];
    if (bridge) {
      operations.push({
        op: 'insert',
        table: 'Bridge',
        'uuid-name': named('b', name),
        row: { name, ...bridgeRow(bridge, datapathType), ports: references },
      });
    } else {
      operations.push({
        op: 'mutate',
        table: 'Bridge',
        where: byName(name),
        mutations: [['ports', 'insert', references]],
      });
    }
  }
  if (addBridges.length > 0) {
    const references = addBridges.map((bridge) => ['named-uuid', named('b', bridge.name)]);
    operations.push({
      op: 'mutate',
      table: 'Open_vSwitch',
      where: [],
      mutations: [['bridges', 'insert', ['set', references]]],
    });
  }
  for (const bridge of setBridges) {
    operations.push({
      op: 'update',
      table: 'Bridge',
      where: byName(bridge.name),
      row: bridgeRow(bridge, datapathType),
    });
  }
  for (const port of change.setPorts) {
    const { ofport_request, ...local } = interfaceRow(port);
    const row = port.name === port.bridge ? local : { ...local, ofport_request };
    operations.push(
      { op: 'update', table: 'Interface', where: byName(port.name), row },
      { op: 'update', table: 'Port', where: byName(port.name), row: portRow(port) },
    );
  }
  const gone = new Set(change.removeBridges);
  for (const port of change.removePorts) {
    const uuid = rows.ports.get(port.name);
    if (!uuid || gone.has(port.bridge)) continue;
    const mutations = [['ports', 'delete', ['uuid', uuid]]];
    operations.push({ op: 'mutate', table: 'Bridge', where: byName(port.bridge), mutations });
  }
  for (const name of change.removeBridges) {
    const uuid = rows.bridges.get(name);
    if (!uuid) continue;
    operations.push({
      op: 'mutate',
      table: 'Open_vSwitch',
      where: [],
      mutations: [['bridges', 'delete', ['uuid', uuid]]],
    });
  }
  operations.push(...limitOperations(change.limits ?? []));
  if (operations.length === 0) return [];
  return [
    ...operations,
    { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]] },
    { op: 'select', table: 'Open_vSwitch', where: [], columns: ['next_cfg'] },
  ];
}

/** The first transaction of a database that holds nothing but its root row, as a JSON-RPC request. */
export function firstTransaction(change: SwitchChange, datapathType: DatapathType): string {
  const operations = operationsFor(change, { bridges: new Map(), ports: new Map() }, datapathType);
  if (operations.length === 0) return '';
  return JSON.stringify({ id: 0, method: 'transact', params: ['Open_vSwitch', ...operations] });
}
