/** Flows of security group rules (openvswitch_firewall/rules.py). */
import type { Owner } from '../../../state/types.ts';
import { IP_PROTOCOLS } from '../../../topology/schema/security-groups.ts';
import type { Topology } from '../../../topology/topology.ts';
import { act, type FlowProtocol, type FlowSet, type Match } from '../flow-set.ts';
import { BR_INT } from '../names.ts';
import type { Pool } from '../pools.ts';
import { ACCEPT_OR_INGRESS, ACCEPTED_INGRESS, RULES_EGRESS, RULES_INGRESS } from '../tables.ts';
import type { FilteredPort } from './base-flows.ts';
import { type ConjunctionRule, conjunctionId, offsetOf, priorityOffset, rangesOf } from './conjunctions.ts';
import { memberOwner, membersOf } from './members.ts';
import { maskedPorts, maskedPortText } from './port-ranges.ts';
import { type FirewallRule, isIcmp, ruleOwner } from './rules.ts';

type Direction = FirewallRule['direction'];
type Ethertype = FirewallRule['ethertype'];

/** Packets of open connections in their own direction, and first packets. */
const STATES = ['+est-rel-rpl', '+new-est'] as const;

const RULE_PRIORITY = 70;
/** A rule without a remote group stands above all conjunctions. */
const PLAIN = 4;

const tableOf = (direction: Direction): number => (direction === 'ingress' ? RULES_INGRESS : RULES_EGRESS);

const versionProtocol = (ethertype: Ethertype): 'ip' | 'ipv6' => (ethertype === 'IPv6' ? 'ipv6' : 'ip');

/** Shorthands of ovs-fields(7): IP version and protocol in one word. */
const SHORTHANDS: Readonly<Record<Ethertype, Readonly<Record<number, FlowProtocol>>>> = {
  IPv4: {
    [IP_PROTOCOLS.tcp]: 'tcp',
    [IP_PROTOCOLS.udp]: 'udp',
    [IP_PROTOCOLS.sctp]: 'sctp',
    [IP_PROTOCOLS.icmp]: 'icmp',
  },
  IPv6: {
    [IP_PROTOCOLS.tcp]: 'tcp6',
    [IP_PROTOCOLS.udp]: 'udp6',
    [IP_PROTOCOLS.sctp]: 'sctp6',
    [IP_PROTOCOLS['ipv6-icmp']]: 'icmp6',
  },
};

const WITH_PORTS = new Set<number>([IP_PROTOCOLS.tcp, IP_PROTOCOLS.udp, IP_PROTOCOLS.sctp]);

/**
 * What a rule says of protocol, ports, ICMP type and code. The driver knows ports of TCP, UDP and SCTP alone: a range of
 * another protocol's ports allows all of them (create_port_range_flows).
 */
const protocolMatches = (
  { ethertype, protocolNumber }: FirewallRule,
  min: number | null,
  max: number | null,
): Match[] => {
  if (protocolNumber === undefined) return [{ protocol: versionProtocol(ethertype) }];
  const shorthand = SHORTHANDS[ethertype][protocolNumber];
  const match: Match =
    shorthand === undefined
      ? { protocol: versionProtocol(ethertype), nw_proto: protocolNumber }
      : { protocol: shorthand };
  if (min === null) return [match];
  if (isIcmp({ protocolNumber })) {
    return [{ ...match, icmp_type: min, ...(max === null ? {} : { icmp_code: max }) }];
  }
  if (max === null || !WITH_PORTS.has(protocolNumber)) return [match];
  return maskedPorts(min, max).map((block) => ({ ...match, tp_dst: maskedPortText(block) }));
};

/** The other end of a packet: its source on the way in, its destination on the way out. */
const remoteMatch = (direction: Direction, prefix: string | null): Match => {
  if (prefix === null || prefix.endsWith('/0')) return {};
  const end = direction === 'ingress' ? 'src' : 'dst';
  return { [`${prefix.includes(':') ? 'ipv6' : 'nw'}_${end}`]: prefix };
};

/** Lets a packet through, and remembers its connection with the first one (create_accept_flows). */
const acceptActions = (direction: Direction, ofport: number, isNew: boolean): string[] => {
  // What one port sends may be for another port of the same host.
  if (direction === 'egress') return [act.resubmit(ACCEPT_OR_INGRESS)];
  return isNew ? [act.ctCommit, act.output(ofport), act.resubmit(ACCEPTED_INGRESS)] : [act.output(ofport)];
};

/** A rule without a remote group. */
export const plainRule = (flows: FlowSet, { port, ofport }: FilteredPort, rule: FirewallRule): void => {
  const { direction, remote_ip_prefix } = rule;
  const priority = RULE_PRIORITY + PLAIN + priorityOffset(rule);
  const remote = remoteMatch(direction, remote_ip_prefix);
  for (const match of protocolMatches(rule, rule.port_range_min, rule.port_range_max)) {
    for (const [index, ct_state] of STATES.entries()) {
      flows.add(
        BR_INT,
        tableOf(direction),
        priority,
        { ct_state, reg5: ofport, ...match, ...remote },
        acceptActions(direction, ofport, index === 1),
        ruleOwner([rule], port),
      );
    }
  }
};

/** Remote groups that ports of a local VLAN ask for, and by which ids. */
export class Conjunctions {
  readonly #pool: Pool;
  readonly #wanted = new Map<string, Map<string, Set<number>>>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** The rules with a remote group of one port: everything but the addresses (_add_non_ip_conj_flows). */
  add(flows: FlowSet, filtered: FilteredPort, rules: readonly FirewallRule[]): void {
    const entries = rules.flatMap((rule): ConjunctionRule[] => {
      if (rule.remote_group === null) return [];
      const id = conjunctionId(this.#pool, rule, rule.remote_group);
      this.#want(filtered.vlan, rule, rule.remote_group, id);
      return [{ rule, id }];
    });
    const alike = ({ rule }: ConjunctionRule): string =>
      `${rule.direction} ${rule.ethertype} ${rule.protocolNumber}`;
    for (const group of Map.groupBy(entries, alike).values()) restOfRules(flows, filtered, group);
    for (const group of Map.groupBy(entries, ({ id }) => id).values()) acceptRules(flows, filtered, group);
  }

  #want(vlan: number, { direction, ethertype }: FirewallRule, remote: string, id: number): void {
    const key = `${vlan} ${direction} ${ethertype}`;
    const groups = this.#wanted.get(key) ?? new Map<string, Set<number>>();
    this.#wanted.set(key, groups);
    groups.set(remote, (groups.get(remote) ?? new Set()).add(id));
  }

  /** Flows of the members' addresses, once for each local VLAN (update_flows_for_vlan of ConjIPFlowManager). */
  addMembers(flows: FlowSet, topology: Topology): void {
    for (const [key, groups] of this.#wanted) {
      const [vlan, direction, ethertype] = key.split(' ') as [string, Direction, Ethertype];
      const addresses = new Map<string, { match: Match; ids: Set<number>; owner: Owner }>();
      for (const [group, ids] of groups) {
        for (const member of membersOf(topology, group, ethertype)) {
          const match = memberMatch(direction, member);
          const text = JSON.stringify(match);
          const known = addresses.get(text);
          // An address may be in several groups; a packet meets only one flow of a priority.
          if (known === undefined)
            addresses.set(text, { match, ids: new Set(ids), owner: memberOwner(group, member) });
          else for (const id of ids) known.ids.add(id);
        }
      }
      for (const { match, ids, owner } of addresses.values()) {
        for (const [offset, same] of Map.groupBy(
          [...ids].toSorted((a, b) => a - b),
          offsetOf,
        )) {
          for (const [index, ct_state] of STATES.entries()) {
            flows.add(
              BR_INT,
              tableOf(direction),
              RULE_PRIORITY + offset,
              { ct_state, protocol: versionProtocol(ethertype), reg6: Number(vlan), ...match },
              same.map((id) => act.conjunction(id + index, 1)),
              owner,
            );
          }
        }
      }
    }
  }
}

/** "Any address" among allowed address pairs is told by the MAC address. */
const memberMatch = (
  direction: Direction,
  { ip_address, mac_address }: { readonly ip_address: string; readonly mac_address: string },
): Match => ({
  ...remoteMatch(direction, ip_address),
  ...(ip_address.endsWith('/0') ? { dl_src: mac_address } : {}),
});

const restOfRules = (
  flows: FlowSet,
  { port, ofport }: FilteredPort,
  entries: readonly ConjunctionRule[],
): void => {
  for (const { min, max, members } of rangesOf(entries)) {
    const [first] = members;
    if (first === undefined) continue;
    const { direction } = first.rule;
    const ids = [...new Set(members.map(({ id }) => id))];
    const owner = ruleOwner(
      members.map(({ rule }) => rule),
      port,
    );
    // The merged range says how much the flow looks at, as flow_priority_offset is asked with it.
    const priority =
      RULE_PRIORITY + priorityOffset({ ...first.rule, port_range_min: min, port_range_max: max });
    for (const match of protocolMatches(first.rule, min, max)) {
      for (const [index, ct_state] of STATES.entries()) {
        flows.add(
          BR_INT,
          tableOf(direction),
          priority,
          { ct_state, reg5: ofport, ...match },
          ids.map((id) => act.conjunction(id + index, 2)),
          owner,
        );
      }
    }
  }
};

/** Both clauses are met (create_conj_flows). */
const acceptRules = (
  flows: FlowSet,
  { port, ofport }: FilteredPort,
  entries: readonly ConjunctionRule[],
): void => {
  const [first] = entries;
  if (first === undefined) return;
  const { direction, ethertype } = first.rule;
  for (const [index, ct_state] of STATES.entries()) {
    const conj_id = first.id + index;
    flows.add(
      BR_INT,
      tableOf(direction),
      RULE_PRIORITY + offsetOf(first.id),
      { conj_id, ct_state, protocol: versionProtocol(ethertype), reg5: ofport },
      [act.setRegister(7, conj_id), ...acceptActions(direction, ofport, index === 1)],
      ruleOwner(
        entries.map(({ rule }) => rule),
        port,
      ),
    );
  }
};
