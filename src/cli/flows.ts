/** The flows of a bridge as `ovs-ofctl dump-flows` prints them, with who asked for each. */
import type { Owner } from '../state/index.ts';
import type { Context } from './context.ts';

export interface FlowJson {
  readonly bridge: string;
  readonly table: number;
  readonly priority: number;
  readonly match: string;
  readonly actions: string;
  readonly cookie: string;
  readonly packets: number;
  readonly bytes: number;
  /** What asked for it; null for a flow that nobody here put in. */
  readonly owner: Owner | null;
}

const LINE =
  /cookie=(?<cookie>0x[0-9a-f]+),.*?table=(?<table>\d+), n_packets=(?<packets>\d+), n_bytes=(?<bytes>\d+),(?<rest>.*) actions=(?<actions>.*)$/u;

export function flowsOf(bridge: string, dump: string, owners: ReadonlyMap<string, Owner>): FlowJson[] {
  return dump.split('\n').flatMap((line): FlowJson[] => {
    const found = LINE.exec(line)?.groups;
    if (!found) return [];
    const { cookie = '', table, packets, bytes, rest = '', actions = '' } = found;
    const priority = /priority=(?<number>\d+)/u.exec(rest)?.groups?.['number'];
    const match = rest
      .replaceAll(/(?:idle|hard)_(?:timeout|age)=\d+,?|send_flow_rem|priority=\d+,?/gu, '')
      .replaceAll(/^[\s,]+|[\s,]+$/gu, '');
    return [
      {
        bridge,
        table: Number(table),
        // Left out by Open vSwitch where it is the default.
        priority: Number(priority ?? 32_768),
        match,
        actions,
        cookie,
        packets: Number(packets),
        bytes: Number(bytes),
        owner: owners.get(cookie) ?? null,
      },
    ];
  });
}

/** By bridge and table; what no packet has met is dim. */
export function flowsText(flows: readonly FlowJson[], { paint }: Pick<Context, 'paint'>): string {
  if (flows.length === 0) return 'No flows: this node has no bridge.';
  const digits = Math.max(...flows.map(({ packets }) => String(packets).length));
  const lines: string[] = [];
  const groups = Map.groupBy(flows, ({ bridge, table }) => `${bridge} table ${table}`);
  for (const [heading, group] of groups) {
    lines.push(paint('bold', heading));
    for (const flow of group.toSorted((a, b) => b.priority - a.priority)) {
      const { packets, priority, match, actions, owner } = flow;
      const text = `  ${String(packets).padStart(digits)}  ${String(priority).padStart(5)}  ${match || 'any'}`;
      lines.push(packets === 0 ? paint('dim', text) : text);
      const why = owner === null ? paint('yellow', 'nobody here asked for it') : paint('dim', owner.purpose);
      lines.push(`  ${' '.repeat(digits + 9)}${actions}  ${why}`);
    }
  }
  return lines.join('\n');
}
