/** Distributed routers on one host: neutron-l3-agent in a mode other than legacy, and the OVS agent with it. */
import type { WireState } from '../../../state/types.ts';
import type { Topology } from '../../../topology/topology.ts';
import type { AgentHost, ServicePort } from '../bindings.ts';
import { AgentChains } from '../l3/chains.ts';
import { PREFIX, type RouterParts } from '../l3/router.ts';
import { routerNamespace } from '../names.ts';
import type { NodeBuilder } from '../node.ts';
import type { Pools } from '../pools.ts';
import { isDvrHost } from './bridges.ts';
import { fipNamespaceOf } from './fip-namespace.ts';
import { localRouter } from './local-router.ts';

export { dvrFlows, isDvrHost } from './bridges.ts';

/** Routers and fip- namespaces of a host; the cables between them. */
export function distributedRouters(
  node: NodeBuilder,
  topology: Topology,
  here: AgentHost,
  pools: Pools,
): WireState[] {
  const wires: WireState[] = [];
  if (!isDvrHost(here)) return wires;
  const services = here.ports.filter((bound): bound is ServicePort => bound.holder === 'service');
  const fips = new Map(
    services
      .filter(({ port }) => port.device_owner === 'network:floatingip_agent_gateway')
      .map((gateway) => [gateway.network.name, fipNamespaceOf(node, topology, gateway, wires)]),
  );
  for (const router of Object.values(topology.routers)) {
    if (!router.admin_state_up || router.distributed_hosts?.includes(here.name) !== true) continue;
    const fip = fips.get(router.external_gateway_info?.network ?? '');
    const parts = partsOf(node, services, router);
    localRouter({ node, topology, here, pools, router, parts, ...(fip ? { fip } : {}) });
  }
  return wires;
}

function partsOf(
  node: NodeBuilder,
  services: readonly ServicePort[],
  router: RouterParts['router'],
): RouterParts {
  const name = routerNamespace(router.id);
  const namespace = node.namespace(name);
  const devices = new Map(
    services
      .filter((bound) => bound.namespace === name && bound.port.admin_state_up)
      .map((bound) => [bound.port.name, bound]),
  );
  const owner = {
    kind: 'router',
    name: router.name,
    purpose: `router ${router.name} on ${node.name}`,
  } as const;
  return {
    router,
    namespace,
    chains: new AgentChains(namespace, PREFIX, owner),
    inside: router.interfaces.flatMap(({ port }) => devices.get(port) ?? []),
    floating: [],
    owner,
  };
}
