import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { flowText } from '../../state/flows.ts';
import { allFlows, cloudArbitrary, topologyOf } from './clouds.fixture.ts';
import { compile } from './compile.ts';

const PARSER = 'ovs-ofctl';
const absent = spawnSync(PARSER, ['--version']).error !== undefined;

/** Open vSwitch's own reading of flows; throws what it has to say about a flow that it does not take. */
const parseFlows = (flows: readonly string[]): string[] => {
  const input = `${flows.join('\n')}\n`;
  const { status, stdout, stderr } = spawnSync(PARSER, ['-O', 'OpenFlow14', 'parse-flows', '-'], {
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.split('\n').filter((line) => line.startsWith('OFPT_FLOW_MOD'));
};

test('Open vSwitch takes every flow as OpenFlow 1.4', ({ skip }) => {
  skip(absent, 'tool-absent: ovs-ofctl (Debian package openvswitch-common)');
  const seen = new Set<string>();
  fc.assert(
    fc.property(cloudArbitrary, ({ grown }) => {
      for (const flow of allFlows(compile(topologyOf(grown)).state)) seen.add(flowText(flow));
    }),
    { numRuns: 40 },
  );
  const flows = [...seen];
  const parsed = parseFlows(flows);
  expect(parsed).toHaveLength(flows.length);
  // It would drop a field silently where a prerequisite were missing: each line still has what was asked for.
  const fields = ['in_port', 'dl_vlan', 'dl_dst', 'arp_tpa', 'arp_spa', 'nd_target', 'tun_id', 'icmp_type'];
  const lost = flows.flatMap((flow, index) => {
    const [match = ''] = flow.split(',actions=');
    return fields
      .filter((field) => match.includes(`,${field}=`) && parsed[index]?.includes(`,${field}=`) === false)
      .map((field) => `${field} of ${flow}`);
  });
  expect(lost).toEqual([]);
});

test('the parser does refuse a flow that is wrong', ({ skip }) => {
  skip(absent, 'tool-absent: ovs-ofctl (Debian package openvswitch-common)');
  expect(() => parseFlows(['table=0,priority=1,actions=output:nowhere'])).toThrow('nowhere');
});
