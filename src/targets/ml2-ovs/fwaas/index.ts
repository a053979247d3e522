/** The firewalls of a router, where the L3 agent applies them. */
import type { Topology } from '../../../topology/topology.ts';
import type { RouterParts } from '../l3/router.ts';
import { firewallChains, groupChains } from './chains.ts';

/** In the namespace of a router that is whole on one host (_get_ipt_mgrs_with_if_prefix). */
export const firewalls = (topology: Topology, parts: RouterParts): void => {
  const { router, namespace, inside } = parts;
  const filtered = { namespace, prefix: parts.chains.named('') };
  for (const firewall of Object.values(topology.firewalls))
    if (firewall.routers.includes(router.name)) firewallChains(topology, firewall, filtered, 'qr-');
  for (const group of Object.values(topology.firewall_groups)) {
    const devices = inside.flatMap(({ port, tap }) => (group.ports.includes(port.name) ? [tap] : []));
    if (devices.length > 0) groupChains(topology, group, filtered, devices);
  }
};
