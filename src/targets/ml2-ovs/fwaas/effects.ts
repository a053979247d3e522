/** Connections that the L3 agent ends because a firewall is new or its rules have changed. */
import type { FirewallRule, Router, Topology } from '../../../topology/topology.ts';
import type { Effect } from '../../target.ts';
import { localFloatingIps } from '../dvr/served.ts';
import { routerNamespace, snatNamespace } from '../names.ts';

/**
 * _remove_conntrack_new_firewall and _remove_conntrack_updated_firewall of iptables_fwaas.py; they came with Newton
 * (Launchpad 1474279), so that at Juno a connection outlived the rule that had let it in.
 */
export const fwaasEffects = (before: Topology, after: Topology): Effect[] => {
  if (after.options.release === 'juno') return [];
  return Object.values(after.routers).flatMap((router): Effect[] => {
    const was = before.routers[router.name];
    if (was?.id !== router.id || !was.admin_state_up || !router.admin_state_up) return [];
    const deletions = deletionsFor(filtersOn(before, was), filtersOn(after, router));
    const places = placesOf(after, router);
    // Elsewhere the namespace is another one, and knows nothing.
    return placesOf(before, was)
      .filter((one) => places.some(({ node, namespace }) => one.node === node && one.namespace === namespace))
      .flatMap((place) =>
        deletions.map(({ argv, what }): Effect => {
          return { kind: 'run', ...place, argv, because: `${what} on router ${router.name}` };
        }),
      );
  });
};

/** Namespaces in which a router filters. */
function placesOf(topology: Topology, router: Router): { node: string; namespace: string }[] {
  const { id, hosts, distributed, external_gateway_info } = router;
  if (!distributed) return hosts.map((node) => ({ node, namespace: routerNamespace(id) }));
  const local = Object.keys(topology.underlay.hosts).filter(
    (host) => localFloatingIps(topology, router, host).length > 0,
  );
  // Without a way out nothing is central.
  const central = external_gateway_info === null ? [] : hosts;
  return [
    ...central.map((node) => ({ node, namespace: snatNamespace(id) })),
    ...local.map((node) => ({ node, namespace: routerNamespace(id) })),
  ];
}

interface Deletion {
  readonly argv: readonly string[];
  readonly what: string;
}

function deletionsFor(before: readonly Filter[], after: readonly Filter[]): Deletion[] {
  const up = after.filter(({ admin_state_up }) => admin_state_up);
  // Of one that has never been up there is no pre_firewall.
  const fresh = up.find(({ id }) => before.every((one) => one.id !== id || !one.has_begun));
  if (fresh) return [{ argv: ['conntrack', '-F'], what: `${fresh.name} is new` }];
  const same = before.filter(({ id }) => up.some((one) => one.id === id));
  const byText = (filters: readonly Filter[]) =>
    new Map(filters.flatMap(({ id, rules }) => rules.map((one) => [JSON.stringify([id, one]), one.rule])));
  const [old, current] = [byText(same), byText(up)];
  const changed = [
    ...[...old].flatMap(([key, rule]) => (current.has(key) ? [] : [rule])),
    ...[...current].flatMap(([key, rule]) => (old.has(key) ? [] : [rule])),
  ];
  // What has only moved would be looked for twice.
  const named = new Map(changed.map((rule) => [JSON.stringify([rule.name, wordsOf(rule)]), rule]));
  return [...named.values()].map((rule) => ({
    argv: ['sh', '-c', DELETE, 'delete', ...wordsOf(rule)],
    what: `firewall rule ${rule.name} has changed`,
  }));
}

interface Filter {
  readonly id: string;
  readonly admin_state_up: boolean;
  readonly has_begun: boolean;
  readonly name: string;
  /** With what the driver compares beside: of v1 the position, of v2 the list that a rule is in. */
  readonly rules: readonly { readonly rule: FirewallRule; readonly place: number | string }[];
}

/** Firewalls and groups on a router, with the rules of their policies. */
function filtersOn(topology: Topology, router: Router): Filter[] {
  const rulesOf = (policy: string | null): FirewallRule[] =>
    (topology.firewall_policies[policy ?? '']?.firewall_rules ?? []).flatMap(
      (name) => topology.firewall_rules[name] ?? [],
    );
  const ports = new Set(router.interfaces.map(({ port }) => port));
  const onRouter = Object.values(topology.firewalls).filter(({ routers }) => routers.includes(router.name));
  const onPorts = Object.values(topology.firewall_groups).filter((group) =>
    group.ports.some((port) => ports.has(port)),
  );
  return [
    ...onRouter.map(({ id, name, admin_state_up, has_begun, firewall_policy }) => ({
      id,
      admin_state_up,
      has_begun,
      name: `firewall ${name}`,
      rules: rulesOf(firewall_policy).map((rule, place) => ({ rule, place })),
    })),
    ...onPorts.map(({ id, name, admin_state_up, has_begun, ...policies }) => ({
      id,
      admin_state_up,
      has_begun,
      name: `firewall group ${name}`,
      rules: [
        ...rulesOf(policies.ingress_firewall_policy).map((rule) => ({ rule, place: 'ingress' })),
        ...rulesOf(policies.egress_firewall_policy).map((rule) => ({ rule, place: 'egress' })),
      ],
    })),
  ];
}

const wordsOf = ({ ip_version, protocol, source_port, destination_port }: FirewallRule): string[] => [
  `ipv${ip_version}`,
  protocol === 'icmp' && ip_version === 6 ? 'icmpv6' : (protocol ?? 'any'),
  ...[source_port, destination_port].map((range) => (range === null ? 'any' : range.join(':'))),
];

/**
 * Ends connections of a family and protocol with ports in ranges, whatever their addresses (legacy_conntrack.py compares
 * no addresses, and passes over protocols that it does not know). Of ports those count that the connection began with and, beyond Neutron, those that it was forwarded
 * to, which are the ones that the rule is about.
 */
const DELETE = `
family=$1 protocol=$2
list() { if [ "$protocol" = any ]; then conntrack -L -f "$family"; else conntrack -L -f "$family" -p "$protocol"; fi; }
list 2>/dev/null | awk -v family="$family" -v source="$3" -v destination="$4" '
  function within(range, port,   ends) {
    if (range == "any") return 1
    split(range, ends, ":")
    return port != "" && port + 0 >= ends[1] + 0 && port + 0 <= ends[2] + 0
  }
  $1 ~ /^(tcp|udp|icmp|icmpv6)$/ {
    split("", first); split("", second)
    for (i = 2; i <= NF; i++) {
      at = index($i, "=")
      if (at == 0) continue
      key = substr($i, 1, at - 1); value = substr($i, at + 1)
      if (key in first) { if (!(key in second)) second[key] = value } else first[key] = value
    }
    # Whoever is asked for is there from then on.
    ported = "sport" in first
    if (!within(source, first["sport"])) next
    if (!within(destination, first["dport"]) && !within(destination, second["sport"])) next
    line = "-f " family " -p " $1 " -s " first["src"] " -d " first["dst"]
    if (ported) line = line " --sport " first["sport"] " --dport " first["dport"]
    print line
  }
' | while read -r line; do
  # One that has ended by itself since is gone as well.
  conntrack -D $line >/dev/null 2>&1 || [ $? -eq 1 ] || exit 2
done`;
