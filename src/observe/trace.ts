/** The text of `ofproto/trace` (ovs-vswitchd(8)) → the flows that a frame met, in order. Pure. */
import type { BridgeStep } from '../journey/index.ts';

const BRIDGE = /^(\s*)bridge\("([^"]+)"\)$/u;
const FLOW = /^(\s*\d+)\. (?:(.*), )?priority (\d+)(?:, cookie (0x[0-9a-f]+))?$/u;
const NO_MATCH = /^(\s*\d+)\. No match\.?$/u;

/** How the trace goes on after connection tracking. It names the bridge to which the frame came first. */
const THAW = /^(?:thaw|Resuming from table (\d+))$/u;
const TRACKED = /^ct\(.*\btable=(\d+)/u;

/** What the flow that a table lacks is called. */
export const NO_FLOW = 'no flow matches: drop';

interface Met {
  readonly step: BridgeStep;
  readonly indent: number;
  readonly lines: string[];
}

/**
 * In the order in which the switch met them; `ownerOf` tells in words who asked for a cookie's flow.
 *
 * What an action leads to (another bridge, a resubmit) stands indented below it when more actions follow, and these
 * are the first flow's again. A frame that connection tracking looked at begins anew at a later table.
 */
export function parseTrace(
  text: string,
  ownerOf: (cookie: string) => string | undefined = () => undefined,
): BridgeStep[] {
  const steps: Met[] = [];
  const bridges: { readonly name: string; readonly indent: number }[] = [];
  /** By the table at which a frame goes on after connection tracking: the bridge that has it. */
  const tracked = new Map<string, string>();
  let asking = true;
  for (const line of text.split('\n')) {
    if (line.startsWith('Flow:')) {
      asking = true;
      bridges.length = 0;
    }
    if (line.startsWith('Final flow:')) asking = false;
    if (!asking) continue;
    const bridge = BRIDGE.exec(line);
    if (bridge) {
      bridges.push({ indent: (bridge[1] as string).length, name: bridge[2] as string });
      continue;
    }
    const missing = NO_MATCH.exec(line);
    const flow = FLOW.exec(line) ?? missing;
    if (flow) {
      const [, head = '', match = '', priority = '0', cookie = '0x0'] = flow as (string | undefined)[];
      const indent = tableIndent(head);
      const owner = ownerOf(cookie);
      const bridgeName = bridges.findLast((each) => each.indent <= indent)?.name ?? '';
      steps.push({
        indent,
        lines: missing ? [NO_FLOW] : [],
        step: {
          bridge: bridgeName,
          table: Number(head),
          priority: Number(priority),
          match,
          actions: '',
          cookie,
          ...(owner === undefined ? {} : { owner }),
        },
      });
      continue;
    }
    const action = line.trim();
    if (action === '' || /^-+$/u.test(action) || line.startsWith('Flow:')) continue;
    const thaw = THAW.exec(action);
    if (thaw) {
      const bridgeName = tracked.get(thaw[1] ?? '');
      if (bridgeName !== undefined) bridges.push({ indent: 0, name: bridgeName });
      continue;
    }
    const indent = line.search(/\S/u);
    while ((bridges.at(-1)?.indent ?? -1) >= indent) bridges.pop();
    const by = steps.findLast((met) => met.indent < indent);
    by?.lines.push(action);
    const table = TRACKED.exec(action)?.[1];
    if (by && table !== undefined) tracked.set(table, by.step.bridge);
  }
  return steps.map(({ step, lines }) => ({ ...step, actions: actionsOf(lines) }));
}

/** A table's number is right-aligned in two columns, and may need three. */
const tableIndent = (head: string): number => Math.floor((head.length - 2) / 4) * 4;

/** Notes of the switch (`-> …`) stay where they say what NORMAL did, and go where they repeat an action. */
function actionsOf(lines: readonly string[]): string {
  const kept: string[] = [];
  for (const line of lines) {
    // `>> …`: what the switch does not do because it is only asked.
    if (line.startsWith('>> ')) continue;
    // Said also of a frame of which only the copy that connection tracking looks at goes on.
    if (line === 'drop' && (kept.at(-1) === NO_FLOW || kept.at(-1)?.startsWith('ct('))) continue;
    if (!line.startsWith('-> ')) kept.push(line);
    else if (kept.at(-1) === 'NORMAL') kept.push(`NORMAL (${line.slice(3)})`);
  }
  return kept
    .filter((action, at) => !(action === 'NORMAL' && kept[at + 1]?.startsWith('NORMAL (')))
    .join(', ');
}
