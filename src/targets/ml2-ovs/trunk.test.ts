import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { diff } from '../../state/diff.ts';
import type { CloudState } from '../../state/types.ts';
import type { CloudDocumentInput } from '../../topology/index.ts';
import { findFlows, flowsOf, readableFlows, topologyOf } from './clouds.fixture.ts';
import { compile } from './compile.ts';
import { parentPatch, subportPatch, trunkBridge } from './trunk-names.ts';

const document = parse(readFileSync('fixtures/clouds/classic-ports.yaml', 'utf8')) as CloudDocumentInput;
const topology = topologyOf(document);
const compiled = compile(topology);

const portsOf = ({ nodes }: CloudState, node: string, bridge: string): string[] =>
  Object.values(nodes[node]?.ports ?? {})
    .filter((port) => port.bridge === bridge)
    .map(({ name, ofport, tag, vlan_mode, options }) =>
      [name, ofport, tag ?? '-', vlan_mode ?? '-', options['peer'] ?? '-'].join(' '),
    );

test('names are those of a real trunk', () => {
  expect(trunkBridge('ce10504f-6ff8-469a-9509-ee09c345fe10')).toBe('tbr-ce10504f-6');
  expect(parentPatch('5a0eacb1-27ca-4cdd-b55d-db1babd2c6df')).toEqual({
    trunk: 'tpt-5a0eacb1-27',
    int: 'tpi-5a0eacb1-27',
  });
  expect(subportPatch('8ca63e80-060d-4128-b123-807353d58bc8')).toEqual({
    trunk: 'spt-8ca63e80-06',
    int: 'spi-8ca63e80-06',
  });
});

test('a trunk is a bridge with the tap, an untagged patch for the parent and a tagged one for each subport', () => {
  const { id } = topology.trunks['vnf1'] ?? { id: '' };
  const [parent, green, purple] = ['vnf1-amber', 'vnf1-green', 'vnf1-purple'].map(
    (name) => topology.ports[name]?.id ?? '',
  ) as [string, string, string];
  expect(portsOf(compiled.state, 'compute1', trunkBridge(id))).toEqual([
    `${`tap${parent}`.slice(0, 14)} 1 - - -`,
    `${parentPatch(parent).trunk} 2 0 access ${parentPatch(parent).int}`,
    `${subportPatch(green).trunk} 3 100 access ${subportPatch(green).int}`,
    `${subportPatch(purple).trunk} 4 30 access ${subportPatch(purple).int}`,
  ]);
  const vlans = compiled.allocations['ml2-ovs/local-vlan/compute1'] ?? {};
  const onInt = portsOf(compiled.state, 'compute1', 'br-int');
  expect(onInt.filter((line) => /^[st]pi-/u.test(line))).toEqual([
    `${parentPatch(parent).int} 12 ${vlans['amber']} - ${parentPatch(parent).trunk}`,
    `${subportPatch(green).int} 10 ${vlans['green']} - ${subportPatch(green).trunk}`,
    `${subportPatch(purple).int} 11 ${vlans['purple']} - ${subportPatch(purple).trunk}`,
  ]);
});

test('the flows of a trunk’s bridge answer markers and switch', () => {
  const bridge = trunkBridge(topology.trunks['vnf1']?.id ?? '');
  const flows = readableFlows(compiled.state, 'compute1').split('\n\n');
  const own = flows.find((text) => text.startsWith(`compute1 ${bridge}`));
  expect(own?.replaceAll(bridge, 'tbr')).toMatchInlineSnapshot(`
    "compute1 tbr
      # harness: send a marker frame back
      table=0,priority=65535,dl_dst=06:6e:64:00:00:01,actions=mod_dl_dst:06:6e:64:00:00:02,IN_PORT
      # harness: swallow a marker frame that has come back
      table=0,priority=65535,dl_dst=06:6e:64:00:00:02,actions=drop
      # switch by MAC address within a tag
      table=0,priority=0,actions=NORMAL
    "
  `);
});

test('the tap tells the agent of its trunk', () => {
  const { id } = topology.trunks['vnf2'] ?? { id: '' };
  const tap = Object.values(compiled.state.nodes['compute2']?.ports ?? {}).find(
    ({ bridge, name }) => bridge === trunkBridge(id) && name.startsWith('tap'),
  );
  expect(tap?.external_ids).toMatchObject({
    'iface-id': topology.ports['vnf2-red']?.id,
    bridge_name: trunkBridge(id),
    trunk_id: id,
    subport_ids: JSON.stringify([topology.ports['vnf2-green']?.id]),
  });
});

test('the guest’s cable ends on the trunk’s bridge', () => {
  expect(compiled.state.wires['guest:vnf1-amber']?.ends[1].bridge).toBe(
    trunkBridge(topology.trunks['vnf1']?.id ?? ''),
  );
});

test('what a subport or a parent may send is asked of its patch port on br-int', () => {
  const { ofport } =
    compiled.state.nodes['compute1']?.ports[subportPatch(topology.ports['vnf1-green']?.id ?? '').int] ?? {};
  const start = `br-int table=25 priority=2 in_port=${ofport}`;
  expect(findFlows(compiled.state, 'compute1', start).map(({ match }) => match)).toEqual([
    `in_port=${ofport},dl_src=${topology.ports['vnf1-green']?.mac_address}`,
  ]);
});

test('other hosts are told of a subport as of any port', () => {
  const { mac_address } = topology.ports['vnf1-green'] ?? {};
  const told = flowsOf(compiled.state, 'compute2', 'br-tun').filter(({ match }) =>
    match.includes(`dl_dst=${mac_address}`),
  );
  expect(told.map(({ owner }) => owner.purpose)).toEqual([
    'VNI 7002 of network green → host compute1, for port vnf1-green',
  ]);
});

test('a subport that goes and comes again gets another number, and nothing else changes', () => {
  const trunks = { ...document.trunks, vnf1: { port: 'vnf1-amber', sub_ports: [] } };
  const less = compile(topologyOf({ ...document, trunks }, topology.allocations), compiled.allocations);
  const again = compile(topologyOf(document, topology.allocations), less.allocations);
  const { name } = { name: subportPatch(topology.ports['vnf1-green']?.id ?? '').trunk };
  expect(less.state.nodes['compute1']?.ports[name]).toBeUndefined();
  expect(again.state.nodes['compute1']?.ports[name]?.ofport).toBe(5);
  const bridges = new Set(
    diff(compiled.state, less.state).flatMap((change) => (change.part === 'bridges' ? [change.key] : [])),
  );
  expect([...bridges]).toEqual([]);
});

test('a subport that is down is on the dead VLAN, whatever becomes of its parent', () => {
  const ports = { ...document.ports, 'vnf1-green': { network: 'green', admin_state_up: false } };
  const { state } = compile(topologyOf({ ...document, ports }, topology.allocations));
  const names = ['vnf1-green', 'vnf1-purple'].map((name) => subportPatch(topology.ports[name]?.id ?? '').int);
  const tags = names.map((name) => state.nodes['compute1']?.ports[name]?.tag);
  expect(tags).toEqual([4095, expect.not.toSatisfy((tag) => tag === 4095)]);
});
