import { type CloudState, GUESTS, type NodeState, type WireState } from '../../state/types.ts';
import type { Allocations, Topology } from '../../topology/topology.ts';
import type { Compiled } from '../target.ts';
import { agentNode } from './agent-host.ts';
import { bindings } from './bindings.ts';
import { cabling, type Nic } from './cabling.ts';
import { dhcpServers } from './dhcp/dhcp.ts';
import { distributedRouters } from './dvr/index.ts';
import { firewall } from './firewall/index.ts';
import { hybridWire } from './firewall/hybrid-plug.ts';
import { guestsNode, guestWire } from './guests.ts';
import { routers } from './l3/router.ts';
import { loadBalancers } from './load-balancer/balancer.ts';
import { NodeBuilder } from './node.ts';
import { hostStack } from './plain-host.ts';
import { Pools } from './pools.ts';
import { dscpMarks } from './qos.ts';
import { switchNode } from './switch.ts';
import { vtep } from './vtep.ts';
import { nicMac, vlanInterfaces } from './vlan-router.ts';

/** What every node must hold for the ML2/OVS plugin's agents to be done with the topology. */
export const compile = (topology: Topology, previous: Allocations = {}): Compiled => {
  const pools = new Pools({ ...topology.allocations, ...previous });
  const cables = cabling(topology);
  const bound = bindings(topology, cables, pools);
  const nodes: Record<string, NodeState> = {};
  const wires: Record<string, WireState> = {};

  for (const cable of cables.values()) {
    const node = new NodeBuilder(cable.host.name);
    hostStack(node, topology.underlay, cable);
    if (cable.host.role === 'switch') {
      switchNode(node, cable);
      vtep(node, topology, cable, pools);
    }
    vlanInterfaces(node, cable);
    const agent = bound.hosts.get(cable.host.name);
    if (agent !== undefined) {
      agentNode(node, topology, bound, agent);
      firewall(node, topology, agent, pools);
      dscpMarks(node.flows, topology, agent);
      routers(node, topology, agent);
      for (const wire of distributedRouters(node, topology, agent, pools)) wires[wire.key] = wire;
      dhcpServers(node, topology, agent);
      loadBalancers(node, topology, agent);
      for (const port of agent.ports) {
        if (port.holder !== 'server') continue;
        const wire = guestWire(agent, port);
        wires[wire.key] = wire;
        if (!port.hybrid) continue;
        const plug = hybridWire(agent, port);
        wires[plug.key] = plug;
      }
    }
    nodes[cable.host.name] = node.build();
  }
  nodes[GUESTS] = guestsNode(topology);

  const nics = new Map(
    [...cables.values()].flatMap((cable) => cable.nics.map((nic) => [nic.interface, nic])),
  );
  for (const link of topology.underlay.links) {
    wires[link.key] = {
      key: link.key,
      kind: 'underlay',
      ends: [underlayEnd(nics.get(link.ends[0])), underlayEnd(nics.get(link.ends[1]))],
      mtu: link.mtu,
      owner: {
        kind: 'link',
        name: link.key,
        purpose: link.ends.map(({ host, device }) => `${host} ${device}`).join(' to '),
      },
    };
  }
  const state: CloudState = { nodes, wires };
  return { state, allocations: pools.record() };
};

const underlayEnd = (nic: Nic | undefined): WireState['ends'][number] => {
  if (nic === undefined) throw new TypeError('a link whose end is on no host of the underlay');
  const { interface: end, bridge } = nic;
  return {
    node: end.host,
    namespace: '',
    device: end.device,
    mac_address: nicMac(end),
    ...(bridge === undefined ? {} : { bridge }),
  };
};
