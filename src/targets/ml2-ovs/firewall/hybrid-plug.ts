/** How os-vif plugs a port for the driver `iptables_hybrid`: tap – qbr – qvb = qvo – br-int (vif_plug_ovs/ovs.py). */
import type { WireState } from '../../../state/types.ts';
import type { AgentHost, GuestPort } from '../bindings.ts';
import { BR_INT, bridgeMac, hybridNames } from '../names.ts';
import type { NamespaceBuilder } from '../node.ts';

export const hybridLinks = (root: NamespaceBuilder, { port, network, tap }: GuestPort): void => {
  const { mtu } = network;
  const { qbr, qvb, qvo } = hybridNames(port.id);
  root.link({ device: qbr, type: 'bridge', mtu, up: true });
  root.link({ device: tap, master: qbr, mtu, up: true });
  root.link({ device: qvb, master: qbr, mtu, up: true, offloads: 'off' });
  root.link({ device: qvo, mtu, up: true });
};

export const hybridWire = (here: AgentHost, { port, network }: GuestPort): WireState => {
  const { qvb, qvo } = hybridNames(port.id);
  const end = (device: string) => ({
    node: here.name,
    namespace: '',
    device,
    mac_address: bridgeMac(device, here.name),
  });
  return {
    key: `plug:${port.name}`,
    kind: 'plug',
    ends: [end(qvb), { ...end(qvo), bridge: BR_INT }],
    mtu: network.mtu,
    owner: { kind: 'port', name: port.name, purpose: `${qvb} to ${qvo} on host ${here.name}` },
  };
};
