import type { FlowState } from './types.ts';

/** The key of a flow in NodeState.flows: what OpenFlow itself calls the identity of a flow, with its bridge. */
export const flowKey = (flow: Pick<FlowState, 'bridge' | 'table' | 'priority' | 'match'>): string => {
  const match = flow.match === '' ? '' : ` ${flow.match}`;
  return `${flow.bridge} table=${flow.table} priority=${flow.priority}${match}`;
};

/** The flow as ovs-ofctl reads it (add-flows, replace-flows, parse-flows). */
export const flowText = (flow: Omit<FlowState, 'owner' | 'bridge'>): string => {
  const match = flow.match === '' ? '' : `,${flow.match}`;
  return `cookie=${flow.cookie},table=${flow.table},priority=${flow.priority}${match},actions=${flow.actions}`;
};
