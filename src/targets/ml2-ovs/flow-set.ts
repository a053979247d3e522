import { NetdojoError } from '../../errors/index.ts';
import { cookieOf } from '../../state/cookies.ts';
import { flowKey } from '../../state/flows.ts';
import type { FlowState, Owner } from '../../state/types.ts';

/** What a flow looks at. The order of the fields here is the order in the text. */
export interface Match {
  readonly protocol?: 'arp' | 'icmp6';
  readonly in_port?: number;
  readonly tun_id?: number;
  /** A VLAN id, or 'none' for a frame without a tag. */
  readonly dl_vlan?: number | 'none';
  readonly dl_src?: string;
  readonly dl_dst?: string;
  readonly arp_spa?: string;
  readonly arp_tpa?: string;
  readonly arp_tha?: string;
  readonly icmp_type?: number;
  readonly nd_target?: string;
}

const matchText = (match: Match): string => {
  const fields: string[] = [];
  if (match.protocol !== undefined) fields.push(match.protocol);
  if (match.in_port !== undefined) fields.push(`in_port=${match.in_port}`);
  if (match.tun_id !== undefined) fields.push(`tun_id=${hex(match.tun_id)}`);
  if (match.dl_vlan !== undefined) {
    // OFPVID_NONE: neither a VLAN id nor the bit that says that there is a tag.
    fields.push(match.dl_vlan === 'none' ? 'vlan_tci=0x0000/0x1fff' : `dl_vlan=${match.dl_vlan}`);
  }
  for (const field of [
    'dl_src',
    'dl_dst',
    'arp_spa',
    'arp_tpa',
    'arp_tha',
    'icmp_type',
    'nd_target',
  ] as const) {
    const value = match[field];
    if (value !== undefined) fields.push(`${field}=${value}`);
  }
  return fields.join(',');
};

const hex = (value: number): string => `0x${value.toString(16)}`;

/** Actions, in the order and kind that the agent's os-ken calls give; numbers only, so nothing needs resolving. */
export const act = {
  drop: 'drop',
  normal: 'NORMAL',
  inPort: 'IN_PORT',
  goto: (table: number): string => `goto_table:${table}`,
  output: (ofport: number): string => `output:${ofport}`,
  pushVlan: 'push_vlan:0x8100',
  popVlan: 'pop_vlan',
  /** 0x1000 is OFPVID_PRESENT. */
  // oxlint-disable-next-line no-bitwise
  setVlan: (vlan: number): string => `set_field:${vlan | 0x10_00}->vlan_vid`,
  setTunnelId: (id: number): string => `set_field:${hex(id)}->tun_id`,
  setField: (field: string, value: string | number): string => `set_field:${value}->${field}`,
  moveField: (source: string, destination: string): string => `move:${source}[]->${destination}[]`,
} as const;

/** Collects the flows of one node. */
export class FlowSet {
  readonly #flows = new Map<string, FlowState>();

  add(
    bridge: string,
    table: number,
    priority: number,
    match: Match,
    actions: readonly string[] | string,
    owner: Owner,
  ): void {
    const flow: FlowState = {
      bridge,
      table,
      priority,
      match: matchText(match),
      actions: typeof actions === 'string' ? actions : actions.join(','),
      cookie: cookieOf(owner),
      owner,
    };
    const key = flowKey(flow);
    const present = this.#flows.get(key);
    if (present !== undefined && present.actions !== flow.actions) {
      throw new NetdojoError(`two owners want different things of one flow: ${key}`, {
        code: 'ND_FLOW_CONFLICT',
        expected: `what ${present.owner.name} asks for (${present.actions}), or what ${owner.name} asks for (${flow.actions})`,
        hint: 'give the two different MAC or IP addresses, or put them on different networks',
      });
    }
    // A port with two addresses asks twice for the same flow.
    if (present === undefined) this.#flows.set(key, flow);
  }

  record(): Record<string, FlowState> {
    return Object.fromEntries(this.#flows);
  }
}

/** An owner that is no API object: part of the bridge's plumbing. */
export const infrastructure = (name: string, purpose: string): Owner => ({
  kind: 'infrastructure',
  name,
  purpose,
});
