/**
 * Connections that a change of firewalls ends. The API says what passes, and nothing of what is going on; Neutron's
 * drivers do: whatever a router knows is forgotten when a firewall begins there, and when rules change, all of the
 * protocols and ports of those that came, went or changed, wherever it is from and for. To be moved within its policy
 * is a change in v1, where a rule has a position, and none in v2. What changes while a firewall is down it does not look
 * at again. At Juno nothing was ended (Launchpad 1474279, mended in Newton).
 */
import type { FirewallRule, Topology } from '../topology/topology.ts';
import type { Connection, Connections } from './connections.ts';
import { numberOf } from './firewalls.ts';
import { ICMP, ICMPV6, isIpv4, TCP, UDP } from './ip.ts';
import { translatorIn } from './translators.ts';

/** What is left of connections after a change of the cloud. */
export function outliving(before: Topology, after: Topology, connections: Connections): Connections {
  if (after.options.release === 'juno') return connections;
  const ends = new Map<string, Ending>();
  return connections.filter((connection) => {
    const router = translatorIn(before, connection.zone)?.router.name;
    if (router === undefined) return true;
    const ending = ends.get(router) ?? endingOn(router, before, after);
    ends.set(router, ending);
    return ending !== 'all' && !ending.some((rule) => isOf(rule, connection));
  });
}

/** All connections of a router end, or those that rules are about. */
type Ending = 'all' | readonly FirewallRule[];

function endingOn(router: string, before: Topology, after: Topology): Ending {
  const was = filtersOn(before, router);
  const up = filtersOn(after, router).filter(({ admin_state_up }) => admin_state_up);
  const begun = new Set(was.flatMap(({ id, has_begun }) => (has_begun ? [id] : [])));
  if (up.some(({ id }) => !begun.has(id))) return 'all';
  return up.flatMap(({ id, rules }) => {
    const former = was.find((one) => one.id === id)?.rules ?? new Map<string, FirewallRule>();
    return [...without(former, rules), ...without(rules, former)];
  });
}

const without = (rules: Rules, others: Rules): FirewallRule[] =>
  [...rules].flatMap(([key, rule]) => (others.has(key) ? [] : [rule]));

/** By all that makes a rule what it is. */
type Rules = ReadonlyMap<string, FirewallRule>;

interface Filter {
  readonly id: string;
  readonly admin_state_up: boolean;
  readonly has_begun: boolean;
  readonly rules: Rules;
}

function filtersOn(topology: Topology, name: string): Filter[] {
  const { firewalls, firewall_groups, routers } = topology;
  const ports = new Set(routers[name]?.interfaces.map(({ port }) => port));
  const onRouter = Object.values(firewalls).filter((one) => one.routers.includes(name));
  const onPorts = Object.values(firewall_groups).filter((one) => one.ports.some((port) => ports.has(port)));
  return [
    ...onRouter.map(({ firewall_policy, ...rest }) => {
      const rules = rulesOf(topology, firewall_policy);
      return { ...rest, rules: new Map(rules.map((rule, at) => [JSON.stringify([at, rule]), rule])) };
    }),
    ...onPorts.map(({ ingress_firewall_policy: into, egress_firewall_policy: from, ...rest }) => ({
      ...rest,
      rules: new Map(
        [into, from].flatMap((policy, side) =>
          rulesOf(topology, policy).map((rule) => [JSON.stringify([side, rule]), rule] as const),
        ),
      ),
    })),
  ];
}

const rulesOf = ({ firewall_policies, firewall_rules }: Topology, policy: string | null): FirewallRule[] =>
  (firewall_policies[policy ?? '']?.firewall_rules ?? []).flatMap((rule) => firewall_rules[rule] ?? []);

/** What the drivers know; of others no connection is ended. */
const PROTOCOLS: ReadonlySet<number | undefined> = new Set([ICMP, TCP, UDP, ICMPV6]);

/** The destination's port counts as it was asked for and as it was translated. */
function isOf(rule: FirewallRule, { original, reply }: Connection): boolean {
  const within = (range: FirewallRule['source_port'], ...ports: (number | undefined)[]): boolean =>
    range === null || ports.some((port) => port !== undefined && range[0] <= port && port <= range[1]);
  return (
    rule.ip_version === (isIpv4(original.src_ip) ? 4 : 6) &&
    PROTOCOLS.has(original.protocol) &&
    (rule.protocol === null || numberOf(rule) === original.protocol) &&
    within(rule.source_port, original.src_port) &&
    within(rule.destination_port, original.dst_port, reply.src_port)
  );
}
