import { describe, expect, test } from 'vitest';
import type { BridgeState, OvsPortState, Owner } from '../../state/index.ts';
import { firstTransaction, type Operation, operationsFor, type SwitchChange } from './operations.ts';

const owner: Owner = { kind: 'infrastructure', name: 'br-int', purpose: 'integration bridge' };
const bridge: BridgeState = { name: 'br-int', fail_mode: 'secure', other_config: { hwaddr: '0a:00' }, owner };
const tap: OvsPortState = {
  name: 'tap1',
  bridge: 'br-int',
  type: '',
  ofport: 10,
  tag: 1,
  options: {},
  external_ids: { 'attached-mac': 'fa:16' },
  owner,
};
const trunk: OvsPortState = { ...tap, name: 'trunk1', ofport: 11, vlan_mode: 'trunk', trunks: [7, 8] };

const nothing: SwitchChange = {
  addBridges: [],
  setBridges: [],
  removeBridges: [],
  addPorts: [],
  setPorts: [],
  removePorts: [],
};
const empty = { bridges: new Map<string, string>(), ports: new Map<string, string>() };

const END: Operation[] = [
  { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]] },
  { op: 'select', table: 'Open_vSwitch', where: [], columns: ['next_cfg'] },
];
const hex = (name: string): string => Buffer.from(name).toString('hex');
const byName = [['name', '==', 'br-int']];

describe('operations', () => {
  test('of nothing are none', () => {
    expect(operationsFor(nothing, empty, 'netdev')).toEqual([]);
    expect(firstTransaction(nothing, 'netdev')).toBe('');
  });

  test('of a bridge with a port: rows that refer to each other, the port of its own name among them', () => {
    const operations = operationsFor({ ...nothing, addBridges: [bridge], addPorts: [tap] }, empty, 'netdev');
    expect(operations).toEqual([
      {
        op: 'insert',
        table: 'Interface',
        'uuid-name': `i_${hex('tap1')}`,
        row: {
          name: 'tap1',
          type: '',
          options: ['map', []],
          external_ids: ['map', [['attached-mac', 'fa:16']]],
          mac: ['set', []],
          mtu_request: ['set', []],
          ofport_request: 10,
        },
      },
      {
        op: 'insert',
        table: 'Port',
        'uuid-name': `p_${hex('tap1')}`,
        row: {
          name: 'tap1',
          tag: 1,
          vlan_mode: ['set', []],
          trunks: ['set', []],
          interfaces: ['named-uuid', `i_${hex('tap1')}`],
        },
      },
      {
        op: 'insert',
        table: 'Interface',
        'uuid-name': `i_${hex('br-int')}`,
        // The bridge's own port has the number LOCAL and takes no other.
        row: {
          name: 'br-int',
          type: 'internal',
          options: ['map', []],
          external_ids: ['map', []],
          mac: ['set', []],
          mtu_request: ['set', []],
        },
      },
      {
        op: 'insert',
        table: 'Port',
        'uuid-name': `p_${hex('br-int')}`,
        row: {
          name: 'br-int',
          tag: ['set', []],
          vlan_mode: ['set', []],
          trunks: ['set', []],
          interfaces: ['named-uuid', `i_${hex('br-int')}`],
        },
      },
      {
        op: 'insert',
        table: 'Bridge',
        'uuid-name': `b_${hex('br-int')}`,
        row: {
          name: 'br-int',
          datapath_type: 'netdev',
          fail_mode: 'secure',
          other_config: ['map', [['hwaddr', '0a:00']]],
          external_ids: ['map', [['netdojo-owner', 'infrastructure br-int']]],
          ports: [
            'set',
            [
              ['named-uuid', `p_${hex('tap1')}`],
              ['named-uuid', `p_${hex('br-int')}`],
            ],
          ],
        },
      },
      {
        op: 'mutate',
        table: 'Open_vSwitch',
        where: [],
        mutations: [['bridges', 'insert', ['set', [['named-uuid', `b_${hex('br-int')}`]]]]],
      },
      ...END,
    ]);
    expect(
      JSON.parse(firstTransaction({ ...nothing, addBridges: [bridge], addPorts: [tap] }, 'netdev')),
    ).toEqual({
      id: 0,
      method: 'transact',
      params: ['Open_vSwitch', ...operations],
    });
  });

  test('of a port on a bridge that is there: it joins the others', () => {
    const operations = operationsFor({ ...nothing, addPorts: [trunk] }, empty, 'system');
    expect(operations[1]).toMatchObject({ row: { vlan_mode: 'trunk', trunks: ['set', [7, 8]] } });
    expect(operations.slice(2)).toEqual([
      {
        op: 'mutate',
        table: 'Bridge',
        where: byName,
        mutations: [['ports', 'insert', ['set', [['named-uuid', `p_${hex('trunk1')}`]]]]],
      },
      ...END,
    ]);
  });

  test('of a changed port and bridge: their rows are set in place', () => {
    const operations = operationsFor(
      { ...nothing, setBridges: [bridge], setPorts: [{ ...tap, tag: 2 }] },
      empty,
      'system',
    );
    expect(operations).toMatchObject([
      { op: 'update', table: 'Bridge', where: byName, row: { datapath_type: 'system' } },
      { op: 'update', table: 'Interface', where: [['name', '==', 'tap1']], row: { ofport_request: 10 } },
      { op: 'update', table: 'Port', where: [['name', '==', 'tap1']], row: { tag: 2 } },
      ...END,
    ]);
  });

  test('of what goes: ports leave their bridge, unless the bridge goes as well; what is gone is left alone', () => {
    const rows = {
      bridges: new Map([['br-int', 'b-uuid']]),
      ports: new Map([['tap1', 'p-uuid']]),
    };
    const gone = { ...tap, name: 'tap9' };
    expect(operationsFor({ ...nothing, removePorts: [tap, gone] }, rows, 'netdev')).toEqual([
      { op: 'mutate', table: 'Bridge', where: byName, mutations: [['ports', 'delete', ['uuid', 'p-uuid']]] },
      ...END,
    ]);
    expect(
      operationsFor({ ...nothing, removeBridges: ['br-int', 'br-x'], removePorts: [tap] }, rows, 'netdev'),
    ).toEqual([
      {
        op: 'mutate',
        table: 'Open_vSwitch',
        where: [],
        mutations: [['bridges', 'delete', ['uuid', 'b-uuid']]],
      },
      ...END,
    ]);
    expect(operationsFor({ ...nothing, removePorts: [gone] }, rows, 'netdev')).toEqual([]);
  });

  test('of what is to come and is there: a port is replaced wherever it is, a bridge is set', () => {
    const rows = { bridges: new Map([['br-int', 'b-uuid']]), ports: new Map([['tap1', 'p-uuid']]) };
    const operations = operationsFor({ ...nothing, addBridges: [bridge], addPorts: [tap] }, rows, 'netdev');
    expect(operations.map(({ op, table }) => `${op} ${String(table)}`)).toEqual([
      'mutate Bridge',
      'insert Interface',
      'insert Port',
      'mutate Bridge',
      'update Bridge',
      'mutate Open_vSwitch',
      'select Open_vSwitch',
    ]);
    expect(operations[0]).toMatchObject({ where: [], mutations: [['ports', 'delete', ['uuid', 'p-uuid']]] });
  });
});
