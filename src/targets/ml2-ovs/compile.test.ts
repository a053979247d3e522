import { expect, test } from 'vitest';
import { GUESTS } from '../../state/types.ts';
import type { CloudDocumentInput, Server } from '../../topology/index.ts';
import { findFlows, topologyOf } from './clouds.fixture.ts';
import { compile } from './compile.ts';
import { tapName } from './names.ts';
import { underlay } from './two-switches.fixture.ts';

const cloud: CloudDocumentInput = {
  cloud: 'pieces',
  underlay: 'two-switches',
  networks: {
    red: { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 5001 },
    blue: {
      'provider:network_type': 'vlan',
      'provider:physical_network': 'physnet1',
      'provider:segmentation_id': 101,
    },
  },
  subnets: {
    red4: {
      network: 'red',
      cidr: '10.0.1.0/24',
      host_routes: [
        { destination: '10.9.0.0/16', nexthop: '10.0.1.2' },
        { destination: '10.8.0.0/16', nexthop: '10.0.1.11' },
      ],
    },
    red6: { network: 'red', cidr: '2001:db8:1::/64' },
    blue4: { network: 'blue', cidr: '10.0.2.0/24', gateway_ip: null },
  },
  ports: {
    both: {
      network: 'red',
      mac_address: 'fa:16:3e:00:00:01',
      fixed_ips: [{ ip_address: '10.0.1.11' }, { ip_address: '2001:db8:1::11' }],
    },
    bare: { network: 'red', fixed_ips: [], port_security_enabled: false },
    unreachable: { network: 'blue' },
  },
  servers: {
    web1: { host: 'compute1', networks: [{ port: 'both' }, 'blue'] },
    web2: { host: 'compute2', networks: [{ port: 'bare' }] },
    lost: { host: 'compute1', networks: [{ port: 'unreachable' }] },
  },
};

const built = () => {
  const topology = topologyOf(cloud, {}, underlay);
  return { topology, state: compile(topology).state };
};

test('a port on a network that its host does not reach is on the dead VLAN', () => {
  // The loader refuses such a document; a fault may bring the topology about.
  const { topology: sane } = built();
  const lost = { ...sane.servers['lost'], host: 'compute2' } as Server;
  const topology = { ...sane, servers: { ...sane.servers, lost } };
  const { state } = compile(topology);
  const tap = tapName(topology.ports['unreachable']?.id ?? '');
  const port = state.nodes['compute2']?.ports[tap];
  expect(port).toMatchObject({ bridge: 'br-int', tag: 4095 });
  expect(findFlows(state, 'compute2', `br-int table=0 priority=2 in_port=${port?.ofport}`)).toMatchObject([
    { actions: 'drop', owner: { purpose: expect.stringContaining('its host does not reach network blue') } },
  ]);
});

test('a port without addresses is not announced, and may send from any', () => {
  const { topology, state } = built();
  const mac = topology.ports['bare']?.mac_address;
  expect(findFlows(state, 'compute1', 'br-tun table=20 priority=2').map((flow) => flow.match)).toEqual([]);
  expect(findFlows(state, 'compute1', 'br-tun table=22 priority=1')).toHaveLength(1);
  expect(findFlows(state, 'compute2', 'br-int table=25')).toEqual([]);
  expect(mac).toMatch(/^fa:16:3e/u);
});

test('a port of two addresses has one unicast entry; only IPv4 has an ARP responder', () => {
  const { state } = built();
  expect(findFlows(state, 'compute2', 'br-tun table=20 priority=2').map((flow) => flow.match)).toEqual([
    'dl_vlan=11,dl_dst=fa:16:3e:00:00:01',
  ]);
  expect(findFlows(state, 'compute2', 'br-tun table=21 priority=1').map((flow) => flow.match)).toEqual([
    'arp,dl_vlan=11,arp_tpa=10.0.1.11',
  ]);
});

test('a guest has what DHCP would give it, and IPv6 only where it has an address', () => {
  const { state } = built();
  const { web1, lost } = state.nodes[GUESTS]?.namespaces ?? {};
  expect(web1?.links).toMatchObject({
    lo: { up: true },
    eth0: { mtu: 1550, mac_address: 'fa:16:3e:00:00:01', up: true, offloads: 'off' },
    eth1: { mtu: 1500 },
  });
  expect(Object.keys(web1?.addresses ?? {})).toEqual(
    expect.arrayContaining(['eth0 10.0.1.11/24', 'eth0 2001:db8:1::11/64']),
  );
  expect(web1?.routes).toEqual({
    '10.9.0.0/16': { destination: '10.9.0.0/16', via: '10.0.1.2', device: 'eth0' },
    '0.0.0.0/0': { destination: '0.0.0.0/0', via: '10.0.1.1', device: 'eth0' },
    '::/0': { destination: '::/0', via: '2001:db8:1::1', device: 'eth0' },
  });
  expect(web1?.sysctls).toMatchObject({
    'net/ipv4/ip_forward': '0',
    'net/ipv6/conf/all/disable_ipv6': '0',
    'net/ipv6/conf/all/accept_dad': '0',
    // A NIC is there before the settings, and a copy of what was the default then.
    'net/ipv6/conf/eth0/accept_dad': '0',
    'net/ipv6/conf/eth1/router_solicitations': '0',
  });
  expect(lost?.sysctls).toMatchObject({ 'net/ipv6/conf/all/disable_ipv6': '1' });
  expect(lost?.routes).toEqual({});
});

test('the tunnel address is on br-phy, whose MAC address the peers know', () => {
  const { state } = built();
  const { compute1, compute2 } = state.nodes;
  expect(compute1?.ports['br-phy']).toMatchObject({ type: 'internal', bridge: 'br-phy', mtu: 1600 });
  expect(compute1?.namespaces['']?.addresses).toHaveProperty(['br-phy 172.31.1.11/24']);
  expect(compute2?.tunnelNeighbours).toEqual({
    '172.31.1.11': {
      bridge: 'br-phy',
      ip_address: '172.31.1.11',
      mac_address: compute1?.bridges['br-phy']?.other_config['hwaddr'],
    },
  });
  expect(compute1?.ports['vxlan-ac1f010c']?.options).toEqual({
    df_default: 'true',
    egress_pkt_mark: '0',
    in_key: 'flow',
    out_key: 'flow',
    local_ip: '172.31.1.11',
    remote_ip: '172.31.1.12',
  });
});

test('a host without a tunnel address has no br-tun; an address on an uplink is on the bridge', () => {
  const { state } = built();
  const { gateway1 } = state.nodes;
  expect(Object.keys(gateway1?.bridges ?? {})).toEqual(['br-int', 'br-public']);
  expect(gateway1?.namespaces['']?.addresses).toHaveProperty(['br-public 203.0.113.21/24']);
  expect(gateway1?.namespaces['']?.routes).toEqual({
    '0.0.0.0/0': { destination: '0.0.0.0/0', via: '203.0.113.1', device: 'br-public' },
  });
});

test('long bridge names make short patch names', () => {
  const ports = Object.values(built().state.nodes['compute1']?.ports ?? {});
  const patches = ports.filter((port) => /^(?:int|phy)-/u.test(port.name)).map((port) => port.name);
  expect(patches.toSorted()).toEqual([
    expect.stringMatching(/^int-br-a-[0-9a-f]{6}$/u),
    expect.stringMatching(/^phy-br-a-[0-9a-f]{6}$/u),
  ]);
});

test('a switch port is an access port, a trunk with a native VLAN, or a trunk', () => {
  const { topology, state } = built();
  const { networks } = topology.underlay;
  const vlan = (name: string) => networks[name]?.switchVlan ?? 0;
  const to = (peer: string) =>
    Object.values(state.nodes['sw1']?.ports ?? {}).filter(
      (port) => port.owner.purpose === `cable to ${peer}`,
    );
  expect(to('compute1 eth0')).toMatchObject([{ tag: vlan('management'), vlan_mode: 'access' }]);
  expect(to('compute1 eth2')).toMatchObject([
    { tag: vlan('trunk'), vlan_mode: 'native-untagged', trunks: [100, 101, 102, vlan('trunk')] },
  ]);
  expect(to('upstream1 eth0')).toMatchObject([
    { tag: vlan('external'), vlan_mode: 'native-untagged', trunks: [200, vlan('external')] },
  ]);
  const between = Object.values(state.nodes['sw1']?.ports ?? {}).filter((port) => port.vlan_mode === 'trunk');
  expect(between).toHaveLength(1);
  expect(between[0]?.tag).toBeUndefined();
  expect(between[0]?.trunks).toEqual(
    [100, 101, 102, vlan('management'), vlan('tunnel'), vlan('trunk')].toSorted((a, b) => a - b),
  );
});

test('the upstream router forwards, the internet host knows the way back', () => {
  const { upstream1, internet1, controller } = built().state.nodes;
  expect(upstream1?.namespaces['']?.sysctls['net/ipv4/ip_forward']).toBe('1');
  expect(upstream1?.namespaces['']?.routes).toEqual({});
  expect(internet1?.namespaces['']?.routes).toEqual({
    '0.0.0.0/0': { destination: '0.0.0.0/0', via: '198.51.100.1', device: 'eth0' },
  });
  expect(controller?.namespaces['']?.links['eth0']).toMatchObject({ up: true, offloads: 'off' });
  expect(internet1?.namespaces['']?.links['eth0']?.offloads).toBeUndefined();
});

test('markers are answered on each bridge that holds the end of a cable', () => {
  const { state } = built();
  const held = Object.values(state.wires).flatMap((wire) =>
    wire.ends.filter((end) => end.bridge !== undefined),
  );
  expect(held.length).toBeGreaterThan(10);
  const silent = held.filter(
    ({ node, bridge }) =>
      findFlows(state, node, `${bridge} table=0 priority=65535 dl_dst=06:6e:64`).length !== 2,
  );
  expect(silent).toEqual([]);
});

test('local VLAN ids differ between hosts and from the VLAN ids of the wire', () => {
  const { allocations } = compile(topologyOf(cloud, {}, underlay));
  const one = allocations['ml2-ovs/local-vlan/compute1'];
  const other = allocations['ml2-ovs/local-vlan/compute2'];
  expect(one).toMatchObject({ red: 1, blue: 2 });
  expect(other).toMatchObject({ red: 11 });
});
