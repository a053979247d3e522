import { expect, test } from 'vitest';
import type { FlowState } from '../../state/index.ts';
import { flowBundle } from './flow-bundle.ts';

const flow = (match: string, actions: string): FlowState => ({
  bridge: 'br-int',
  table: 25,
  priority: 2,
  match,
  actions,
  cookie: '0xc0ffee',
  owner: { kind: 'port', name: 'web1-eth0', purpose: 'port security' },
});

test('what goes is taken away before what comes, and without regard to its actions', () => {
  const bundle = flowBundle({
    add: [flow('in_port=10,dl_src=fa:16:3e:00:00:01', 'goto_table:30'), flow('', 'drop')],
    remove: [flow('in_port=11', 'drop')],
  });
  expect(bundle).toBe(`\
delete_strict table=25,priority=2,in_port=11
add table=25,priority=2,in_port=10,dl_src=fa:16:3e:00:00:01,cookie=0xc0ffee,actions=goto_table:30
add table=25,priority=2,cookie=0xc0ffee,actions=drop
`);
});

test('nothing is nothing', () => {
  expect(flowBundle({ add: [], remove: [] })).toBe('');
});
