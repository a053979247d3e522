import type { Port, Topology, UnderlayHost } from '../../topology/topology.ts';

/** A namespace of a host, and the ports that are in it. */
export interface Service {
  /** Unique on its host, such as `router r1`, `DHCP web`, `balancer shop`. */
  readonly name: string;
  readonly ports: readonly { readonly port: Port; readonly device: string }[];
}

/** The namespaces of routers, of DHCP and of load balancers on a host. */
export function servicesOf(topology: Topology, host: UnderlayHost): Service[] {
  const services = new Map<string, { port: Port; device: string }[]>();
  for (const port of Object.values(topology.ports)) {
    const name = port['binding:host_id'] === host.name ? holderOf(port) : undefined;
    if (name === undefined) continue;
    const ports = services.get(name) ?? [];
    services.set(name, ports);
    ports.push({ port, device: deviceOf(port) });
  }
  return [...services].map(([name, ports]) => ({ name, ports }));
}

function holderOf({ owner }: Port): string | undefined {
  if (owner?.kind === 'router') return `router ${owner.name}`;
  if (owner?.kind === 'network') return `DHCP ${owner.name}`;
  return owner?.kind === 'loadbalancer' ? `balancer ${owner.name}` : undefined;
}

/** As the agents name it: INTERNAL_DEV_PREFIX and EXTERNAL_DEV_PREFIX of Neutron's L3 agent, else a tap. */
function deviceOf({ id, device_owner }: Port): string {
  const prefix =
    device_owner === 'network:router_gateway'
      ? 'qg-'
      : device_owner.startsWith('network:router_')
        ? 'qr-'
        : 'tap';
  return prefix + id.slice(0, 11);
}
