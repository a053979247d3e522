import { EXIT, NetdojoError } from '../errors/index.ts';
import type { Topology } from '../topology/index.ts';
import type { Target } from './target.ts';

/** What a topology asks for beyond networks, subnets, ports and servers: the capability, and where it is asked for. */
function* demands({
  networks,
  routers,
  floatingips,
  loadbalancers,
  trunks,
  qos_policies,
  firewalls,
  firewall_groups,
  security_groups,
  ports,
  subnets,
  underlay,
  options,
}: Topology): Generator<readonly [capability: string, by: string]> {
  const collections = {
    routers,
    floatingips,
    loadbalancers,
    trunks,
    qos_policies,
    firewalls,
    firewall_groups,
  };
  for (const [collection, things] of Object.entries(collections)) {
    for (const name of Object.keys(things)) yield [collection, `${collection}.${name}`];
  }
  for (const { name, port_forwardings } of Object.values(floatingips))
    if (port_forwardings.length > 0) yield ['port_forwardings', `floatingips.${name}.port_forwardings`];
  for (const { name, ha, distributed } of Object.values(routers)) {
    if (ha) yield ['routers with ha', `routers.${name}`];
    if (distributed) yield ['distributed routers', `routers.${name}`];
  }
  // The driver would name devices that are not there: sg- and rfp- with the id of the port inside.
  for (const { name, ports: filtered } of Object.values(firewall_groups))
    if (filtered.some((port) => ports[port]?.device_owner === 'network:router_interface_distributed'))
      yield ['firewall groups of distributed routers', `firewall_groups.${name}`];
  for (const { name, dynamic_segments } of Object.values(networks))
    if (dynamic_segments) yield ['hierarchical port binding', `networks.${name}`];
  for (const port of Object.values(ports)) {
    const rules = qos_policies[port.qos_policy ?? port.qos_network_policy ?? '']?.rules ?? [];
    if (!rules.some(({ type }) => type === 'bandwidth_limit')) continue;
    // The agent would set them on patch ports, which have neither queues nor policers.
    const inTrunk =
      port.owner?.kind === 'trunk' || Object.values(trunks).some((one) => one.port === port.name);
    if (inTrunk) yield ['bandwidth_limit in trunks', `ports.${port.name}`];
    else if (port.owner !== undefined) yield ['bandwidth_limit of services', `ports.${port.name}`];
  }
  for (const [key, group] of Object.entries(security_groups)) {
    if (!group.is_default) yield ['security_groups', `security_groups.${key}`];
  }
  for (const { name, enable_dhcp } of Object.values(subnets))
    if (enable_dhcp) yield ['dhcp', `subnets.${name}.enable_dhcp`];
  // Subports would go unfiltered (Neutron's guide to trunking, "Limitations and issues").
  if (options.firewall_driver === 'iptables_hybrid')
    for (const name of Object.keys(trunks))
      yield ['trunks with firewall_driver iptables_hybrid', `trunks.${name}`];
  if (options.firewall_driver !== 'noop')
    yield [`firewall_driver ${options.firewall_driver}`, 'options.firewall_driver'];
  for (const host of Object.values(underlay.hosts)) {
    if (host.role === 'baremetal') yield ['baremetal', `host ${host.name} of the underlay`];
    const tagged = host.interfaces.find((one) => one.vlan !== undefined || one.vlans !== undefined);
    if (tagged) yield ['tagged interfaces of hosts', `host ${host.name} of the underlay`];
  }
}

/**
 * Refuses what the target would leave out: a cloud that comes up without its routers would be a lie.
 *
 * @throws NetdojoError ND_TARGET_CANNOT
 */
export function assertSupported(target: Target, topology: Topology): void {
  const lacking = [...demands(topology)].filter(([capability]) => !target.capabilities.includes(capability));
  if (lacking.length === 0) return;
  const names = [...new Set(lacking.map(([capability]) => capability))];
  const places = lacking.map(([, by]) => by);
  const more = places.length > 5 ? ` and ${places.length - 5} more` : '';
  throw new NetdojoError(`target ${target.name} cannot do ${names.join(', ')}`, {
    code: 'ND_TARGET_CANNOT',
    expected: `a document without ${places.slice(0, 5).join(', ')}${more}`,
    hint: 'netdojo validate checks such documents all the same',
    exitCode: EXIT.usage,
  });
}
