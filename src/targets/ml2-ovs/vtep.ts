/**
 * A top-of-rack switch that ends VXLAN tunnels (hierarchical port binding): within the rack a network is a VLAN, between
 * racks a VNI. Each network has a tunnel port of its own to each other rack, in the network's VLAN of this rack, so
 * that the switch learns and floods as within one VLAN.
 */
import { type Rack, racksOf } from '../../topology/racks.ts';
import type { Network, Topology } from '../../topology/topology.ts';
import type { HostCabling, Nic } from './cabling.ts';
import { act, infrastructure } from './flow-set.ts';
import { markerEcho } from './marker.ts';
import { BR_PHY, BR_SW, bridgeMac } from './names.ts';
import { LOCAL_OFPORT, type NodeBuilder } from './node.ts';
import type { Pools } from './pools.ts';

/** Numbers of tunnel ports begin above those of cables. */
const TUNNELS = { first: 10_001, last: 60_000 };

export const vtep = (node: NodeBuilder, topology: Topology, cable: HostCabling, pools: Pools): void => {
  const { host, tunnel } = cable;
  const racks = racksOf(topology.underlay);
  const here = racks.find((rack) => rack.vtep === host.name);
  if (tunnel === undefined || here === undefined) return;
  uplink(node, tunnel, host.name, racks);
  const numbers = pools.pool(`ml2-ovs/ofport/${host.name}/vtep`, TUNNELS);
  for (const network of Object.values(topology.networks)) {
    const vlan = vlanIn(network, here);
    if (vlan === undefined) continue;
    for (const far of racks) {
      if (far.vtep === host.name || vlanIn(network, far) === undefined) continue;
      const id = network['provider:segmentation_id'] ?? 0;
      const name = tunnelName(id, far.local_ip);
      node.port({
        name,
        bridge: BR_SW,
        type: 'vxlan',
        ofport: numbers.take(name),
        tag: vlan,
        vlan_mode: 'access',
        options: { df_default: 'true', key: String(id), local_ip: here.local_ip, remote_ip: far.local_ip },
        owner: {
          kind: 'network',
          name: network.name,
          purpose: `VLAN ${vlan} of rack ${host.name} as VNI ${id} to rack ${far.vtep}`,
        },
      });
    }
  }
};

const vlanIn = ({ dynamic_segments }: Network, { network }: Rack): number | undefined =>
  dynamic_segments?.[network.physical_network ?? ''];

/** At most 15 characters: the VNI and the address's last two octets, in hexadecimal. */
const tunnelName = (id: number, ip: string): string =>
  `vx${id.toString(16)}-${ip
    .split('.')
    .slice(2)
    .map((octet) => Number(octet).toString(16).padStart(2, '0'))
    .join('')}`;

/** As on a host: user-space Open vSwitch sends a tunnel's packets by the bridge whose own port bears the address. */
const uplink = (
  node: NodeBuilder,
  { device, link, peer }: Nic,
  own: string,
  racks: readonly Rack[],
): void => {
  const owner = {
    kind: 'host',
    name: own,
    purpose: `the way of the tunnels of switch ${own}`,
  } as const;
  node.bridge(BR_PHY, 'standalone', owner);
  node.port({
    name: device,
    bridge: BR_PHY,
    type: '',
    ofport: 1,
    owner: { kind: 'link', name: link.key, purpose: `cable to ${peer.host} ${peer.device}` },
  });
  node.port({ name: BR_PHY, bridge: BR_PHY, type: 'internal', ofport: LOCAL_OFPORT, mtu: link.mtu, owner });
  node.root.link({ device: BR_PHY, mtu: link.mtu, up: true });
  markerEcho(node.flows, BR_PHY);
  node.flows.add(
    BR_PHY,
    0,
    0,
    {},
    act.normal,
    infrastructure(BR_PHY, 'switch between uplink and tunnel endpoint'),
  );
  for (const { vtep: name, local_ip } of racks)
    if (name !== own)
      node.tunnelNeighbour({ bridge: BR_PHY, ip_address: local_ip, mac_address: bridgeMac(BR_PHY, name) });
};
