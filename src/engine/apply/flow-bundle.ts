/** Flows as the text of one OpenFlow bundle for `ovs-ofctl` (ovs-ofctl(8), "add-flows" with --bundle). Pure. */
import type { FlowState } from '../../state/index.ts';

const matchText = (flow: FlowState): string =>
  `table=${flow.table},priority=${flow.priority}${flow.match ? `,${flow.match}` : ''}`;

export interface FlowChange {
  readonly add: readonly FlowState[];
  readonly remove: readonly FlowState[];
}

/** All changes of one bridge; the switch takes them as one or not at all. */
export function flowBundle({ add, remove }: FlowChange): string {
  const lines = [
    ...remove.map((flow) => `delete_strict ${matchText(flow)}`),
    ...add.map((flow) => `add ${matchText(flow)},cookie=${flow.cookie},actions=${flow.actions}`),
  ];
  return lines.length > 0 ? `${lines.join('\n')}\n` : '';
}
