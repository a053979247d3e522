import { expect, test } from 'vitest';
import { NO_FLOW, parseTrace } from './trace.ts';
import { FLOODED, NESTED, SPOOFED, TRACKED } from './traces.fixture.ts';

const told = (text: string): string[] =>
  parseTrace(text).map(
    ({ bridge, table, priority, match, actions }) => `${bridge} ${table} ${priority} [${match}] ${actions}`,
  );

test('a flood over three bridges and a tunnel, one of the bridges in an indented part', () => {
  expect(told(FLOODED)).toEqual([
    'br-int 0 9 [in_port=10] goto_table:25',
    'br-int 25 2 [in_port=10,dl_src=fa:16:3e:b8:54:f7] goto_table:30',
    'br-int 60 1 [] NORMAL (no learned MAC for destination, flooding)',
    'br-vlan 0 2 [in_port=2] drop',
    'br-tun 0 1 [in_port=1] goto_table:2',
    'br-tun 2 0 [dl_dst=01:00:00:00:00:00/01:00:00:00:00:00] goto_table:22',
    'br-tun 22 1 [dl_vlan=1] pop_vlan, set_field:0x1771->tun_id, output:3',
    'br-phy 0 0 [] NORMAL (forwarding to learned port)',
  ]);
});

test('the actions after an indented part are those of the flow before it', () => {
  expect(told(NESTED)).toEqual([
    'br-a 0 5 [in_port=3] output:1, mod_vlan_vid:7, output:2, resubmit(,4), strip_vlan, output:1',
    'br-b 0 1 [] mod_vlan_vid:9, resubmit(,1)',
    'br-b 1 1 [dl_vlan=9] NORMAL (no learned MAC for destination, flooding)',
    'br-c 0 0 [reg0=0x2] drop',
    'br-a 4 1 [] learn(table=5,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[]), resubmit(,105)',
    'br-a 105 1 [] drop',
    'br-b 0 1 [] mod_vlan_vid:9, resubmit(,1)',
    'br-b 1 1 [dl_vlan=9] NORMAL (no learned MAC for destination, flooding)',
  ]);
});

test('a table without a flow that matches', () => {
  expect(parseTrace(SPOOFED).at(-1)).toEqual({
    bridge: 'br-int',
    table: 25,
    priority: 0,
    match: '',
    cookie: '0x0',
    actions: NO_FLOW,
  });
});

test('each flow has its cookie, and the owner that the cookie leads to', () => {
  const owners = new Map([['0xa93d9c512641db37', 'port security of web1']]);
  expect(parseTrace(SPOOFED, (cookie) => owners.get(cookie))).toMatchObject([
    { cookie: '0xa93d9c512641db37', owner: 'port security of web1' },
    { cookie: '0x0' },
  ]);
  expect(parseTrace('')).toEqual([]);
});

test('goes on behind connection tracking', () => {
  expect(parseTrace(TRACKED).every(({ bridge }) => bridge === 'br-int')).toBe(true);
  expect(parseTrace(TRACKED).map(({ table, actions }) => [table, actions])).toEqual([
    [60, 'set_field:0xa->reg5, set_field:0x1->reg6, resubmit(,71)'],
    [71, 'ct(table=72,zone=NXM_NX_REG6[0..15])'],
    [72, 'resubmit(,93)'],
    [93, 'drop'],
  ]);
});
