/**
 * The cables between the part of a distributed router on a host and the namespace that leads the host's floating IPs
 * out (rfp- and fpr- of Neutron's L3 agent). No port of the API is on them.
 */
import type { Network, Port, Router, Topology } from '../topology/topology.ts';
import { deviceName } from './devices.ts';
import { linkAddresses } from './distributed.ts';
import type { Holder, Seat } from './seats.ts';

/** The kernel chooses the MAC addresses of such a cable: these only tell its ends apart. */
const MACS = { rfp: '02:00:00:00:00:01', fpr: '02:00:00:00:00:02' } as const;

/** Both ends of every such cable: wherever a router is that leaves by a network which its host is on by an agent's port. */
export function linkSeats(topology: Topology): Seat[] {
  const agents = Object.values(topology.ports).filter(
    ({ device_owner }) => device_owner === 'network:floatingip_agent_gateway',
  );
  const routers = Object.values(topology.routers).filter(({ distributed }) => distributed);
  return agents.flatMap(({ network, 'binding:host_id': host }) => {
    const external = topology.networks[network];
    if (external === undefined || host === undefined) return [];
    return routers.flatMap((router) => {
      const addresses = linkAddresses(router, host);
      return addresses !== undefined && router.external_gateway_info?.network === network
        ? ends(router, host, external, addresses)
        : [];
    });
  });
}

function ends(
  router: Router,
  host: string,
  external: Network,
  { rfp, fpr }: { readonly rfp: string; readonly fpr: string },
): Seat[] {
  const name = `link of ${router.name} on ${host}`;
  // Nothing but its two ends is on it: for frames it is a network of its host alone.
  const network: Network = { ...external, name, 'provider:network_type': 'local' };
  const end = (kind: keyof typeof MACS, holder: Holder, ip_address: string): Seat => {
    const device = deviceName(`${kind}-`, router.id);
    const port: Port = {
      id: `${kind} ${router.id}`,
      name: `${kind} of ${router.name} on ${host}`,
      network: name,
      admin_state_up: true,
      mac_address: MACS[kind],
      fixed_ips: [{ subnet: '', ip_address }],
      port_security_enabled: false,
      security_groups: [],
      allowed_address_pairs: [],
      device_owner: '',
      'binding:host_id': host,
    };
    return {
      kind: 'namespace',
      port,
      network,
      holder,
      host,
      device,
      point: `${host}:${device}`,
      tap: device,
      mac: port.mac_address,
      name: port.name,
      segment: `local ${name}`,
      active: router.admin_state_up,
      link: kind,
    };
  };
  return [
    end('rfp', { kind: 'router', name: router.name }, rfp),
    end('fpr', { kind: 'fip', name: external.name }, fpr),
  ];
}
