/** Rules with a remote group, which become conjunctions: one clause is the member's address, the other the rest. */
import { IP_PROTOCOLS } from '../../../topology/schema/security-groups.ts';
import type { Pool, Pools } from '../pools.ts';
import { type FirewallRule, isIcmp } from './rules.ts';

/** Between two groups lie four priorities, and each has one id for open connections and one for new ones. */
const BLOCK = 8;

/** ConjIdMap of openvswitch_firewall/firewall.py: ids are the host's, the first block begins at 16. */
export const conjunctionPool = (pools: Pools, host: string): Pool =>
  pools.pool(`ml2-ovs/conjunction/${host}`, { first: 2, last: 2 ** 29 - 2 });

/** flow_priority_offset of openvswitch_firewall/rules.py: how much the rule says beside the remote group. */
export const priorityOffset = (rule: FirewallRule): 0 | 1 | 2 | 3 => {
  if (rule.protocolNumber === undefined) return 0;
  if (isIcmp(rule) && rule.port_range_min === null) return 1;
  if (isIcmp(rule) && rule.port_range_max === null) return 2;
  return 3;
};

export const offsetOf = (id: number): number => Math.floor((id % BLOCK) / 2);

/** The id for open connections; the next one is for new connections. */
export const conjunctionId = (pool: Pool, rule: FirewallRule, remoteGroup: string): number => {
  const block = pool.take(`${rule.group.name} ${remoteGroup} ${rule.direction} ${rule.ethertype}`);
  return block * BLOCK + priorityOffset(rule) * 2;
};

export interface RangeOfRules {
  readonly min: number | null;
  readonly max: number | null;
  /** Of the rules that allow it, with their conjunctions. */
  readonly members: readonly ConjunctionRule[];
}

export interface ConjunctionRule {
  readonly rule: FirewallRule;
  readonly id: number;
}

const WITH_RANGES = new Set<number>([IP_PROTOCOLS.tcp, IP_PROTOCOLS.udp, IP_PROTOCOLS.sctp]);

/**
 * The other clause of rules of one direction, ethertype and protocol: a packet can meet only one flow of a priority, so
 * ranges that overlap are cut where one of them begins or ends (merge_port_ranges and merge_common_rules of rules.py).
 */
export const rangesOf = (rules: readonly ConjunctionRule[]): RangeOfRules[] => {
  const protocol = rules[0]?.rule.protocolNumber;
  return protocol !== undefined && WITH_RANGES.has(protocol) ? cutRanges(rules) : equalRanges(rules);
};

const equalRanges = (rules: readonly ConjunctionRule[]): RangeOfRules[] =>
  [...Map.groupBy(rules, ({ rule }) => `${rule.port_range_min} ${rule.port_range_max}`).values()].map(
    (members) => ({
      min: members[0]?.rule.port_range_min ?? null,
      max: members[0]?.rule.port_range_max ?? null,
      members,
    }),
  );

interface Span {
  readonly entry: ConjunctionRule;
  readonly min: number;
  readonly max: number;
}

const cutRanges = (rules: readonly ConjunctionRule[]): RangeOfRules[] => {
  const spans = rules.map(
    (entry): Span => ({
      entry,
      min: entry.rule.port_range_min ?? 1,
      max: entry.rule.port_range_max ?? 65_535,
    }),
  );
  const starts = [...new Set(spans.flatMap(({ min, max }) => [min, max + 1]))].toSorted((a, b) => a - b);
  const pieces: { min: number; max: number; spans: Span[] }[] = [];
  for (const [index, min] of starts.entries()) {
    const max = (starts[index + 1] ?? min) - 1;
    const here = spans.filter((span) => span.min <= min && max <= span.max);
    if (max < min || here.length === 0) continue;
    const last = pieces.at(-1);
    if (last?.max === min - 1 && continues(last.spans, here)) {
      last.max = max;
      last.spans = [...new Set([...last.spans, ...here])];
    } else pieces.push({ min, max, spans: here });
  }
  const whole = pieces.length === 1 && pieces[0]?.min === 1 && pieces[0].max === 65_535;
  return pieces.map((piece) => ({
    min: whole ? null : piece.min,
    max: whole ? null : piece.max,
    members: piece.spans.map(({ entry }) => entry),
  }));
};

/** Whether the same conjunctions go on without a gap: then the driver does not cut. */
const continues = (before: readonly Span[], after: readonly Span[]): boolean => {
  const both = new Set(before.filter((span) => after.includes(span)).map(({ entry }) => entry.id));
  return [...before, ...after].every(({ entry }) => both.has(entry.id));
};
