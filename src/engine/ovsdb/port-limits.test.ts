import { expect, test } from 'vitest';
import type { OvsPortState } from '../../state/index.ts';
import { formatError } from '../../errors/index.ts';
import type { Agent, RunResult } from '../agent/connection.ts';
import { assertLimitsWork } from './limits-work.ts';
import { operationsFor, type SwitchChange } from './operations.ts';
import { limitOperations, portLimits } from './port-limits.ts';

const tap: OvsPortState = {
  name: 'tap1',
  bridge: 'br-int',
  type: '',
  ofport: 10,
  options: {},
  external_ids: {},
  owner: { kind: 'port', name: 'web1', purpose: 'tap' },
};
const shaped: OvsPortState = { ...tap, shaping: { rate_kbps: 3000, burst_kbps: 300 } };
const policed: OvsPortState = { ...tap, policing: { rate_kbps: 1000, burst_kbps: 800 } };

test('a port that never had a limit has none to set', () => {
  expect(portLimits(undefined, tap)).toBeUndefined();
  expect(portLimits(tap, tap)).toBeUndefined();
  expect(portLimits(tap, undefined)).toBeUndefined();
});

test('a limit for what goes to a port is a queue of its own, and what was there before goes', () => {
  const limits = portLimits(undefined, shaped);
  expect(limitOperations(limits ? [limits] : [])).toEqual([
    { op: 'update', table: 'Port', where: [['name', '==', 'tap1']], row: { qos: ['set', []] } },
    { op: 'delete', table: 'QoS', where: [['external_ids', 'includes', ['map', [['id', 'tap1']]]]] },
    { op: 'delete', table: 'Queue', where: [['external_ids', 'includes', ['map', [['id', 'tap1']]]]] },
    {
      op: 'update',
      table: 'Interface',
      where: [['name', '==', 'tap1']],
      row: { ingress_policing_rate: 0, ingress_policing_burst: 0 },
    },
    {
      op: 'insert',
      table: 'Queue',
      'uuid-name': 'u_74617031',
      row: {
        other_config: [
          'map',
          [
            ['max-rate', '3000000'],
            ['burst', '300000'],
          ],
        ],
        external_ids: [
          'map',
          [
            ['id', 'tap1'],
            ['queue_type', '0'],
          ],
        ],
      },
    },
    {
      op: 'insert',
      table: 'QoS',
      'uuid-name': 'q_74617031',
      row: {
        type: 'linux-htb',
        other_config: ['map', [['max-rate', '3000000']]],
        queues: ['map', [[0, ['named-uuid', 'u_74617031']]]],
        external_ids: ['map', [['id', 'tap1']]],
      },
    },
    {
      op: 'update',
      table: 'Port',
      where: [['name', '==', 'tap1']],
      row: { qos: ['named-uuid', 'q_74617031'] },
    },
  ]);
});

test('a limit for what comes from a port is the interface’s policer', () => {
  const limits = portLimits(tap, policed);
  expect(limitOperations(limits ? [limits] : [])).toContainEqual({
    op: 'update',
    table: 'Interface',
    where: [['name', '==', 'tap1']],
    row: { ingress_policing_rate: 1000, ingress_policing_burst: 800 },
  });
});

test('a limit that is taken away takes its rows with it, and so does a port that goes', () => {
  const away = portLimits(shaped, tap);
  const tables = (limits: ReturnType<typeof portLimits>) =>
    limitOperations(limits ? [limits] : []).map(({ op, table }) => `${op} ${String(table)}`);
  expect(tables(away)).toEqual(['update Port', 'delete QoS', 'delete Queue', 'update Interface']);
  expect(tables(portLimits(shaped, undefined))).toEqual(['delete QoS', 'delete Queue']);
});

test('limits are part of the transaction that makes the port, before the switch is told', () => {
  const limits = portLimits(undefined, shaped);
  const change: SwitchChange = {
    addBridges: [],
    setBridges: [],
    removeBridges: [],
    addPorts: [shaped],
    setPorts: [],
    removePorts: [],
    ...(limits ? { limits: [limits] } : {}),
  };
  const kinds = operationsFor(change, { bridges: new Map(), ports: new Map() }, 'netdev').map(
    ({ op, table }) => `${op} ${String(table)}`,
  );
  expect(kinds.indexOf('insert Port')).toBeLessThan(kinds.indexOf('insert QoS'));
  expect(kinds.slice(-2)).toEqual(['mutate Open_vSwitch', 'select Open_vSwitch']);
});

/** An agent whose commands print what a kernel would. */
const kernel = (stdout: string): Agent =>
  ({
    node: 'compute1',
    run: async (): Promise<RunResult> => ({ code: 0, stdout, stderr: '' }),
  }) as unknown as Agent;

const refusal = async (port: OvsPortState, stdout: string, datapath: 'netdev' | 'system') => {
  const limits = portLimits(undefined, port);
  try {
    await assertLimitsWork(kernel(stdout), limits ? [limits] : [], datapath);
    return 'kept';
  } catch (error) {
    return formatError(error);
  }
};

test('a limit that the kernel keeps is taken', async () => {
  expect(await refusal(shaped, 'class htb 1:1 parent 1:fffe', 'netdev')).toBe('kept');
  expect(await refusal(policed, 'filter protocol all … action police', 'system')).toBe('kept');
});

test('a limit that would limit nothing is refused, with what is missing', async () => {
  expect(await refusal(shaped, '', 'netdev')).toMatchInlineSnapshot(`
    "ND_PORT_LIMIT: compute1: what goes to tap1 cannot be limited here: the kernel made no queue
      on node compute1
      command: tc class show dev tap1
      expected: a kernel with sch_htb
      try: netdojo doctor
           or take the bandwidth_limit out of the QoS policy"
  `);
  expect(await refusal(policed, '', 'netdev')).toMatchInlineSnapshot(`
    "ND_PORT_LIMIT: compute1: what comes from tap1 cannot be limited here: the kernel made no policer
      on node compute1
      command: tc filter show dev tap1 ingress
      expected: a kernel with openvswitch, cls_basic or cls_matchall, and act_police
      try: netdojo doctor
           or take the bandwidth_limit out of the QoS policy"
  `);
  expect(await refusal(policed, 'action police', 'netdev')).toMatchInlineSnapshot(`
    "ND_PORT_LIMIT: compute1: what comes from tap1 cannot be limited here: Open vSwitch in user space takes frames before the kernel’s policer
      on node compute1
      command: tc filter show dev tap1 ingress
      expected: a kernel with openvswitch, cls_basic or cls_matchall, and act_police
      try: netdojo doctor
           or take the bandwidth_limit out of the QoS policy"
  `);
});
