import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadCloud } from '../../topology/index.ts';
import { compile } from './compile.ts';

const { state } = compile(
  await loadCloud({ text: readFileSync('fixtures/clouds/two-racks.yaml', 'utf8'), file: 'cloud.yaml' }),
);

test('a rack’s switch has a tunnel to the other rack for each network that both have', () => {
  const tunnels = (node: string) =>
    Object.values(state.nodes[node]?.ports ?? {}).flatMap(({ name, type, tag, options }) =>
      type === 'vxlan' ? `${name}: VLAN ${tag}, VNI ${options['key']} to ${options['remote_ip']}` : [],
    );
  expect(tunnels('tor1')).toMatchInlineSnapshot(`
    [
      "vx1b59-0902: VLAN 100, VNI 7001 to 172.31.9.2",
      "vx1b5a-0902: VLAN 101, VNI 7002 to 172.31.9.2",
    ]
  `);
  expect(tunnels('tor2')).toMatchInlineSnapshot(`
    [
      "vx1b59-0901: VLAN 200, VNI 7001 to 172.31.9.1",
      "vx1b5a-0901: VLAN 201, VNI 7002 to 172.31.9.1",
    ]
  `);
});

test('a host in a rack has no tunnel, and translates to the VLAN of its rack', () => {
  const { ports, bridges, flows } = state.nodes['compute3'] ?? {};
  expect(Object.keys(bridges ?? {})).toEqual(['br-int', 'br-rack2']);
  expect(Object.values(ports ?? {}).some(({ type }) => type === 'vxlan')).toBe(false);
  const leaves = Object.values(flows ?? {}).filter(
    ({ bridge, priority }) => bridge === 'br-rack2' && priority === 4,
  );
  expect(leaves.map(({ owner }) => owner.purpose)).toMatchInlineSnapshot(`
    [
      "network red leaves host compute3 as VLAN 200 on br-rack2",
      "network blue leaves host compute3 as VLAN 201 on br-rack2",
    ]
  `);
});
