/** What would change, for people and programs. */
import { type CloudState, describeChanges, diff, emptyCloud, planToJson } from '../state/index.ts';
import { targetNamed } from '../targets/index.ts';
import type { Topology } from '../topology/index.ts';
import type { Context, Result } from './context.ts';

const TONES = { '+': 'green', '-': 'red', '~': 'yellow' } as const;

export interface Plan {
  readonly name: string;
  readonly document: string;
  /** What the nodes hold; nothing where no such cloud is up. */
  readonly before: CloudState | undefined;
  readonly after: CloudState;
}

export function tellPlan(context: Context, { name, document, before, after }: Plan): Result {
  const changes = diff(before ?? emptyCloud(), after);
  const what = before === undefined ? 'is not up; to be built' : 'is up; to be changed';
  const lines = describeChanges(changes);
  const summary = lines.pop() ?? '';
  context.print(
    `${context.paint('bold', name)} ${changes.length === 0 ? 'is as' : `${what} as`} ${document} says`,
  );
  for (const line of lines) context.print(paintLine(line, context));
  context.print(summary);
  return { json: { cloud: name, document, running: before !== undefined, ...planToJson(changes) } };
}

/** Signs in colour, those of rules within a chain too; the rest as it is. */
export function paintLine(line: string, { paint, colour }: Pick<Context, 'paint' | 'colour'>): string {
  const [, indent, sign, rest] = /^( {2,})([-+~])(.*)$/su.exec(line) ?? [];
  if (!colour || indent === undefined || sign === undefined) return line;
  return `${indent}${paint(TONES[sign as keyof typeof TONES], sign)}${rest}`;
}

export interface FromNothing {
  readonly topology: Topology;
  readonly document: string;
  readonly name?: string;
  readonly target?: string;
}

export function planFromNothing(context: Context, options: FromNothing): Result {
  const { topology, document, name = topology.name, target = 'ml2-ovs' } = options;
  const { state } = targetNamed(target).compile(topology);
  return tellPlan(context, { name, document, before: undefined, after: state });
}
