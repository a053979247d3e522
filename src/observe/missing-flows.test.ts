import { expect, test } from 'vitest';
import type { BridgeStep } from '../journey/index.ts';
import type { FlowState } from '../state/index.ts';
import { missingFlows } from './missing-flows.ts';

const flow = (table: number, priority: number, cookie: string): FlowState => ({
  bridge: 'br-int',
  table,
  priority,
  match: `match of ${priority}`,
  actions: 'drop',
  cookie,
  owner: { kind: 'security_group_rule', name: 'r', purpose: `rule ${cookie}` },
});
const flows = Object.fromEntries(
  [flow(82, 77, '0x2a'), flow(82, 70, '0x2a'), flow(82, 60, '0x2b'), flow(60, 3, '0x2c')].map((one) => [
    `${one.table} ${one.priority}`,
    one,
  ]),
);
const step: BridgeStep = {
  bridge: 'br-int',
  table: 82,
  priority: 0,
  match: '',
  actions: 'drop',
  cookie: '0x1',
};
const dumped = (...lines: string[]): ReadonlyMap<string, string> =>
  new Map([['br-int', lines.map((line) => ` ${line}\n`).join('')]]);
const all = [
  'cookie=0x2a, table=82, priority=77,icmp actions=drop',
  'cookie=0x2a, table=82, priority=70,tcp actions=drop',
  'cookie=0x2b, table=82, priority=60 actions=drop',
];

test('nothing is missing where each owner has its flows; other tables are not looked at', () => {
  expect(missingFlows({ flows }, [step], dumped(...all))).toEqual([]);
});

test('a missing flow is named with who asked for it', () => {
  expect(missingFlows({ flows }, [step], dumped(...all.slice(1)))).toEqual([
    {
      where: 'br-int table 82',
      what: 'priority 77 match of 77 actions=drop',
      outcome: 'is missing',
      owner: 'rule 0x2a',
      fault: true,
    },
  ]);
});

test('a bridge that was not asked lacks nothing', () => {
  expect(missingFlows({ flows }, [step], new Map())).toEqual([]);
});
