/** Ports, declared and made, with their addresses. */

import type { DeclaredPort } from '../declared/ports.ts';
import type { Allocations, Port } from '../topology.ts';
import { planAddresses } from './address-plan.ts';
import type { ResolveContext } from './cloud.ts';
import { MacAddresses } from './identifiers.ts';
import { optional, type Resolving } from './resolving.ts';
import { groupsOf, isTrusted, portSecurity, resolveAddressPairs } from './security-groups.ts';
import { checkTakenAddresses, takenAddresses, valuesOf } from './underlay-addresses.ts';

export function resolvePorts(
  declared: readonly DeclaredPort[],
  { document, underlay, networks, subnets, idOf }: Omit<Resolving, 'ports' | 'report'>,
  context: ResolveContext,
): { readonly ports: Record<string, Port>; readonly allocations: Allocations } {
  const macs = new MacAddresses();
  for (const { mac_address } of declared) if (mac_address !== undefined) macs.take(mac_address);
  const previousMacs = context.previous['mac_address'] ?? {};
  const ids = new Map(declared.map((port) => [port.name, idOf('port', port.name, port.id)]));
  const chosenMacs = new Map<string, string>();
  // Ports that ran before keep their address, also where a new one would derive the same.
  for (const { name, mac_address } of declared) {
    const before = Object.hasOwn(previousMacs, name) ? String(previousMacs[name]) : undefined;
    if (mac_address !== undefined) chosenMacs.set(name, mac_address);
    else if (before !== undefined && macs.take(before)) chosenMacs.set(name, before);
  }
  for (const { name } of declared)
    if (!chosenMacs.has(name)) chosenMacs.set(name, macs.forPort(ids.get(name) ?? ''));
  const macOf = (port: string): string => chosenMacs.get(port) ?? '';
  const taken = takenAddresses(networks, underlay);
  const takenOn = (network: string) => valuesOf(taken.get(network));
  const plan = planAddresses(declared, Object.values(subnets), { takenOn, macOf }, context);
  checkTakenAddresses(declared, plan.fixedIps, taken, context.problems.reportFor(context.source));

  const ports: Record<string, Port> = {};
  for (const port of declared) {
    const id = ids.get(port.name) ?? '';
    const mac = macOf(port.name);
    const fixed_ips = plan.fixedIps.get(port.name) ?? [];
    const networkPolicy = isTrusted(port) ? undefined : networks[port.network]?.qos_policy;
    ports[port.name] = {
      id,
      name: port.name,
      network: port.network,
      ...optional('project', port.project),
      admin_state_up: port.admin_state_up,
      mac_address: mac,
      fixed_ips,
      port_security_enabled: portSecurity(port, document),
      security_groups: groupsOf(port, fixed_ips.length > 0, document),
      allowed_address_pairs: resolveAddressPairs(port, mac),
      ...optional('qos_policy', port.qos_policy),
      ...optional('qos_network_policy', networkPolicy),
      device_owner: port.device_owner,
      ...optional('device', port.server),
      ...optional('owner', port.owner),
      ...optional('binding:host_id', port.host),
    };
  }
  return { ports, allocations: { address: plan.allocations, mac_address: Object.fromEntries(chosenMacs) } };
}
