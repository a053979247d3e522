/**
 * What firewalls on routers let pass. Source: the OpenStack Networking API, Firewall as a Service v1 (a firewall is on
 * whole routers and looks at what they forward, both ways) and v2 (a firewall group is on ports of routers: ingress is
 * what leaves the router for the port's network, egress what comes from there): of a policy's rules the first that is
 * about a packet decides, what none is about is denied, and answers to what was allowed pass. On a distributed router
 * v1 sees what goes in and out of the cloud, and nothing between its own networks (its specification, "Firewall as a
 * Service and DVR").
 */
import type { Firewall, FirewallRule, Router, Topology } from '../topology/topology.ts';
import { canBegin, type Found } from './connections.ts';
import { ICMP, ICMPV6, type Ip, inNetwork, isIcmpError, isIpv4, nameOfIp, TCP, UDP } from './ip.ts';

/** A packet within a router: its destination as translated, its source as it came. */
export interface Passing {
  readonly ip: Ip;
  /** Ports by which it comes in and goes out. */
  readonly from: string;
  readonly out: string;
  /** It belongs to a connection that the router knows. */
  readonly found?: Found;
}

export interface Refusal {
  readonly reason: string;
  /** The sender is told by an ICMP error. */
  readonly told: boolean;
}

/** Why a router does not forward a packet, if a firewall does not let it. */
export function refusedByFirewall(topology: Topology, router: Router, passing: Passing): Refusal | undefined {
  const filters = filtersOf(topology, router, passing);
  const down = filters.find(({ admin_state_up }) => !admin_state_up);
  if (down) return denied(`${down.name} is down, and lets nothing pass`);
  const [first] = filters;
  if (!first || passing.found) return undefined;
  const { ip } = passing;
  if (isIcmpError(ip) || !canBegin(ip))
    return denied(`${first.name} knows nothing that ${nameOfIp(ip)} answers`);
  for (const filter of filters) {
    const refusal = refusedBy(topology, filter, ip);
    if (refusal) return refusal;
  }
  return undefined;
}

const denied = (reason: string): Refusal => ({ reason, told: false });

/** A firewall or a side of a firewall group, with the policy that it asks. */
interface Filter {
  readonly name: string;
  readonly admin_state_up: boolean;
  readonly policy: string | null;
}

function filtersOf(topology: Topology, router: Router, { from, out }: Passing): Filter[] {
  const gateway = router.external_gateway_info?.port;
  const outward = from === gateway || out === gateway;
  const firewall = Object.values(topology.firewalls).find(({ routers }) => routers.includes(router.name));
  if (firewall) return router.distributed && !outward ? [] : [filterOf(firewall)];
  return Object.values(topology.firewall_groups).flatMap((group): Filter[] => {
    const { name, admin_state_up, ports } = group;
    const side = (policy: string | null, way: string): Filter => ({
      name: `firewall group ${name} (${way})`,
      admin_state_up,
      policy,
    });
    return [
      ...(ports.includes(out) ? [side(group.ingress_firewall_policy, 'ingress')] : []),
      ...(ports.includes(from) ? [side(group.egress_firewall_policy, 'egress')] : []),
    ];
  });
}

const filterOf = ({ name, admin_state_up, firewall_policy }: Firewall): Filter => ({
  name: `firewall ${name}`,
  admin_state_up,
  policy: firewall_policy,
});

function refusedBy(topology: Topology, { name, policy }: Filter, ip: Ip): Refusal | undefined {
  if (policy === null) return denied(`${name} has no policy, and lets nothing pass`);
  const rules = (topology.firewall_policies[policy]?.firewall_rules ?? []).flatMap(
    (rule) => topology.firewall_rules[rule] ?? [],
  );
  const rule = rules.find((one) => one.enabled && isAbout(one, ip));
  if (!rule) return denied(`no rule of policy ${policy} of ${name} lets ${nameOfIp(ip)} pass`);
  if (rule.action === 'allow') return undefined;
  const verb = rule.action === 'deny' ? 'denies' : 'rejects';
  return {
    reason: `rule ${rule.name} of policy ${policy} of ${name} ${verb} ${nameOfIp(ip)}`,
    told: rule.action === 'reject',
  };
}

/** Protocols by IP version: `icmp` of a rule about IPv6 is ICMPv6. */
const NUMBERS = {
  4: { tcp: TCP, udp: UDP, icmp: ICMP },
  6: { tcp: TCP, udp: UDP, icmp: ICMPV6 },
} as const;

/** The protocol of a rule that names one. */
export const numberOf = ({ ip_version, protocol }: FirewallRule): number | undefined =>
  protocol === null ? undefined : NUMBERS[ip_version][protocol];

function isAbout(rule: FirewallRule, { src_ip, dst_ip, protocol, src_port, dst_port }: Ip): boolean {
  const within = (range: FirewallRule['source_port'], port: number | undefined): boolean =>
    range === null || (port !== undefined && range[0] <= port && port <= range[1]);
  const at = (prefix: string | null, address: string): boolean =>
    prefix === null || inNetwork(prefix, address);
  return (
    rule.ip_version === (isIpv4(src_ip) ? 4 : 6) &&
    (rule.protocol === null || numberOf(rule) === protocol) &&
    at(rule.source_ip_address, src_ip) &&
    at(rule.destination_ip_address, dst_ip) &&
    within(rule.source_port, src_port) &&
    within(rule.destination_port, dst_port)
  );
}
