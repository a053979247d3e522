/** The firewalls of a router, where the L3 agent applies them (_get_ipt_mgrs_with_if_prefix of iptables_fwaas.py). */
import type { Topology } from '../../../topology/topology.ts';
import type { RouterParts } from '../l3/router.ts';
import { firewallChains, groupChains } from './chains.ts';

/** In the namespace of a router that is whole on one host, or of what is central of one that is distributed. */
export const firewalls = (topology: Topology, parts: RouterParts): void => {
  const { router, namespace, inside } = parts;
  const filtered = { namespace, prefix: parts.chains.named('') };
  applied(topology, parts, router.distributed ? 'sg-' : 'qr-');
  for (const group of Object.values(topology.firewall_groups)) {
    const devices = inside.flatMap(({ port, tap }) => (group.ports.includes(port.name) ? [tap] : []));
    if (devices.length > 0) groupChains(topology, group, filtered, devices);
  }
};

/**
 * In the part of a distributed router on a host, by whose rfp- device floating IPs go in and out; between the router's
 * own networks nothing is filtered.
 */
export const localFirewalls = (topology: Topology, parts: RouterParts): void =>
  applied(topology, parts, 'rfp-');

const applied = (topology: Topology, { router, namespace, chains }: RouterParts, devices: string): void => {
  for (const firewall of Object.values(topology.firewalls))
    if (firewall.routers.includes(router.name))
      firewallChains(topology, firewall, { namespace, prefix: chains.named('') }, devices);
};
