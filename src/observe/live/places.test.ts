import { expect, test } from 'vitest';
import {
  type CloudState,
  emptyNamespace,
  emptyNode,
  type LinkState,
  type NodeState,
  type WireState,
} from '../../state/index.ts';
import { guestWire, serviceNode, underlayWire } from '../frames.fixture.ts';
import { devicesByNode, hybridPortsOf, namespacesGone, placesOf, switchPortOf } from './places.ts';

const gateway = (namespaces: Parameters<typeof serviceNode>[0]): NodeState => ({
  ...emptyNode(),
  ...serviceNode(namespaces),
});
const link = (device: string, master?: string): LinkState => ({
  device,
  up: true,
  ...(master && { master }),
});

/** web1 behind a Linux bridge (iptables_hybrid), web2 on Open vSwitch itself, two routers on the gateway. */
function cloud(routers: Parameters<typeof serviceNode>[0]): CloudState {
  const web1 = guestWire('web1', 'compute1', 'tap1');
  const plain = guestWire('web2', 'compute1', 'tap2');
  const web2: WireState = { ...plain, ends: [plain.ends[0], { ...plain.ends[1], bridge: 'br-int' }] };
  const plug: WireState = {
    key: 'plug:web1',
    kind: 'plug',
    ends: [
      { node: 'compute1', namespace: '', device: 'qvb1' },
      { node: 'compute1', namespace: '', device: 'qvo1', bridge: 'br-int' },
    ],
    mtu: 1500,
    owner: { kind: 'port', name: 'web1-eth0', purpose: 'test' },
  };
  const links = Object.fromEntries(
    [link('tap1', 'qbr1'), link('qvb1', 'qbr1'), link('qvo1')].map((one) => [one.device, one]),
  );
  return {
    nodes: {
      compute1: { ...emptyNode(), namespaces: { '': { ...emptyNamespace(''), links } } },
      gateway1: gateway(routers),
    },
    wires: { web1, web2, plug, cable: underlayWire('compute1', 'eth1', 'gateway1', 'eth1') },
  };
}
const both = {
  'qrouter-1': { 'qr-1': '10.0.1.1', 'qg-1': '203.0.113.1' },
  'qrouter-2': { 'qr-2': '10.0.2.1' },
};

test('frames are captured at the ends of cables and at devices of namespaces, not at plugs', () => {
  const places = placesOf(cloud(both));
  expect(places.map(({ id, answers, underlay }) => `${id} ${answers} ${underlay}`).toSorted()).toEqual([
    'compute1:eth1 false true',
    'compute1:tap1 false false',
    'compute1:tap2 false false',
    'gateway1:eth1 false true',
    'gateway1:qg-1 true false',
    'gateway1:qr-1 true false',
    'gateway1:qr-2 true false',
    // Both get their markers back from Open vSwitch, one of them by way of a Linux bridge.
    'web1:eth0 true false',
    'web2:eth0 true false',
  ]);
  expect(devicesByNode(places).get('gateway1')).toEqual(
    new Map([
      ['', ['eth1']],
      ['qrouter-1', ['qr-1', 'qg-1']],
      ['qrouter-2', ['qr-2']],
    ]),
  );
});

test('behind a Linux bridge a frame comes to Open vSwitch by the plug', () => {
  const state = cloud(both);
  const [, tap1] = (state.wires['web1'] as WireState).ends;
  const [, tap2] = (state.wires['web2'] as WireState).ends;
  expect(switchPortOf(state, tap1)).toEqual({ node: 'compute1', bridge: 'br-int', device: 'qvo1' });
  expect(switchPortOf(state, tap2)).toEqual({ node: 'compute1', bridge: 'br-int', device: 'tap2' });
  expect(switchPortOf(state, { node: 'compute1', namespace: '', device: 'eth1' })).toBeUndefined();
  expect(hybridPortsOf(state, 'compute1')).toEqual([{ mac_address: undefined, tap: 'tap1', inner: 'qvb1' }]);
  expect(hybridPortsOf(state, 'gateway1')).toEqual([]);
});

test('captures let go of what goes: a server’s namespace, a router’s, one that loses a device', () => {
  const before = cloud(both);
  expect(namespacesGone(before, cloud(both), false)).toEqual(new Map());
  const less = cloud({ 'qrouter-1': { 'qr-1': '10.0.1.1' } });
  expect(namespacesGone(before, less, false)).toEqual(new Map([['gateway1', ['qrouter-1', 'qrouter-2']]]));
  const { web2: _, ...wires } = before.wires;
  expect(namespacesGone(before, { ...before, wires }, false)).toEqual(new Map([['guests', ['web2']]]));
});

test('a change that mends may do anything anew', () => {
  const before = cloud(both);
  expect(namespacesGone(before, before, true)).toEqual(
    new Map([
      ['guests', ['web1', 'web2']],
      ['gateway1', ['qrouter-1', 'qrouter-2']],
    ]),
  );
});
