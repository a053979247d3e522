import type { OvsPortState } from '../../state/types.ts';
import type { UnderlayNetwork } from '../../topology/topology.ts';
import type { HostCabling, Nic } from './cabling.ts';
import { act, infrastructure } from './flow-set.ts';
import { markerEcho } from './marker.ts';
import { BR_SW } from './names.ts';
import type { NodeBuilder } from './node.ts';

/**
 * A switch of the underlay: one learning bridge that keeps the underlay's networks apart by VLANs of its own. Open
 * vSwitch forgets an address after five minutes; a lab that is silent for longer would then see its next packet
 * flooded out of every port, a copy that no story explains. Hence a day.
 */
export const switchNode = (node: NodeBuilder, { host, nics }: HostCabling): void => {
  node.bridge(
    BR_SW,
    'standalone',
    { kind: 'host', name: host.name, purpose: `the switch ${host.name}` },
    {
      'mac-aging-time': '86400',
    },
  );
  node.flows.add(BR_SW, 0, 0, {}, act.normal, infrastructure(BR_SW, 'switch by MAC address within the VLAN'));
  markerEcho(node.flows, BR_SW);
  for (const [index, nic] of nics.entries()) {
    if (nic.bridge !== BR_SW) continue;
    node.port({
      name: nic.device,
      bridge: BR_SW,
      type: '',
      ofport: portNumber(nic.device, index, nics),
      ...vlans(nic),
      owner: { kind: 'link', name: nic.link.key, purpose: `cable to ${nic.peer.host} ${nic.peer.device}` },
    });
  }
};

/** swp7 is port 7 where the names allow. */
const portNumber = (device: string, index: number, nics: readonly Nic[]): number => {
  const numbered = nics.every((nic) => /^swp[1-9]\d{0,3}$/u.test(nic.device));
  return numbered ? Number(device.slice(3)) : index + 1;
};

type Vlans = Pick<OvsPortState, 'tag' | 'vlan_mode' | 'trunks'>;

/** The VLANs of a port: one for a host's network, all of what it carries for a cable to another switch. */
const vlans = ({ networks, peer, peerBridge }: Nic): Vlans => {
  const [network] = networks;
  if (network === undefined) return {};
  // Bare metal does not tag: its cable is in one VLAN.
  if (peer.vlan !== undefined) return { tag: peer.vlan, vlan_mode: 'access' };
  if (peerBridge === BR_SW || networks.length > 1) {
    return { vlan_mode: 'trunk', trunks: sorted(networks.flatMap((carried) => trunkOf(carried))) };
  }
  const tagged = network.type === 'vlan' || network.network_vlan_ranges.length > 0;
  if (!tagged) return { tag: network.switchVlan, vlan_mode: 'access' };
  // Flat networks are untagged on the wire: within the switch they are the port's native VLAN.
  return { tag: network.switchVlan, vlan_mode: 'native-untagged', trunks: sorted(trunkOf(network)) };
};

const trunkOf = ({ switchVlan, network_vlan_ranges }: UnderlayNetwork): number[] => [
  switchVlan,
  ...network_vlan_ranges.flatMap((range) => {
    const [first = 1, last = 0] = range.split(':').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  }),
];

const sorted = (numbers: readonly number[]): number[] => [...new Set(numbers)].toSorted((a, b) => a - b);
