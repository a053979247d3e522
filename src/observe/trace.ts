/** The text of `ofproto/trace` (ovs-vswitchd(8)) → the flows that a frame met, in order. Pure. */
import type { BridgeStep } from '../journey/index.ts';

const BRIDGE = /^\s*bridge\("([^"]+)"\)$/u;
const FLOW = /^\s*(\d+)\. (?:(.*), )?priority (\d+)(?:, cookie (0x[0-9a-f]+))?$/u;
const NO_MATCH = /^\s*(\d+)\. No match\.?$/u;

/** What the flow that a table lacks is called. */
export const NO_FLOW = 'no flow matches: drop';

/** In the order in which the switch met them; `ownerOf` tells in words who asked for a cookie's flow. */
export function parseTrace(
  text: string,
  ownerOf: (cookie: string) => string | undefined = () => undefined,
): BridgeStep[] {
  const steps: (BridgeStep & { lines: string[] })[] = [];
  let bridge = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('Final flow:')) break;
    const named = BRIDGE.exec(line);
    if (named) {
      bridge = named[1] as string;
      continue;
    }
    const flow = FLOW.exec(line);
    const missing = NO_MATCH.exec(line);
    if (flow || missing) {
      const [, table, match = '', priority = '0', cookie = '0x0'] = (flow ?? [
        ...(missing as RegExpExecArray),
      ]) as string[];
      const owner = ownerOf(cookie);
      steps.push({
        bridge,
        table: Number(table),
        priority: Number(priority),
        match,
        actions: '',
        cookie,
        lines: missing ? [NO_FLOW] : [],
        ...(owner === undefined ? {} : { owner }),
      });
      continue;
    }
    const action = line.trim();
    if (action === '' || /^-+$/u.test(action) || line.startsWith('Flow:')) continue;
    steps.at(-1)?.lines.push(action);
  }
  return steps.map(({ lines, ...step }) => ({ ...step, actions: actionsOf(lines) }));
}

/** Notes of the switch (`-> …`) stay where they say what NORMAL did, and go where they repeat an action. */
function actionsOf(lines: readonly string[]): string {
  const kept: string[] = [];
  for (const line of lines) {
    if (!line.startsWith('-> ')) kept.push(line);
    else if (kept.at(-1) === 'NORMAL') kept.push(`NORMAL (${line.slice(3)})`);
  }
  return kept
    .filter((action, at) => !(action === 'NORMAL' && kept[at + 1]?.startsWith('NORMAL (')))
    .join(', ');
}
