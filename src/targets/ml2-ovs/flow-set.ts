import { NetdojoError } from '../../errors/index.ts';
import { cookieOf } from '../../state/cookies.ts';
import { flowKey } from '../../state/flows.ts';
import type { FlowState, Owner } from '../../state/types.ts';

/** Protocols of ovs-fields(7); each stands for an Ethernet type, some for an IP protocol as well. */
export type FlowProtocol =
  | 'arp'
  | 'rarp'
  | 'ip'
  | 'ipv6'
  | 'icmp'
  | 'icmp6'
  | 'tcp'
  | 'tcp6'
  | 'udp'
  | 'udp6'
  | 'sctp'
  | 'sctp6';

/** What a flow looks at. The order of FIELDS is the order in the text. */
export interface Match {
  readonly conj_id?: number;
  readonly ct_state?: string;
  readonly ct_zone?: number;
  readonly ct_mark?: number;
  readonly protocol?: FlowProtocol;
  readonly nw_proto?: number;
  readonly reg2?: number;
  readonly reg5?: number;
  readonly reg6?: number;
  readonly in_port?: number;
  readonly tun_id?: number;
  /** A VLAN id, or 'none' for a frame without a tag. */
  readonly dl_vlan?: number | 'none';
  readonly dl_src?: string;
  readonly dl_dst?: string;
  readonly nw_src?: string;
  readonly nw_dst?: string;
  readonly ipv6_src?: string;
  readonly ipv6_dst?: string;
  readonly arp_op?: number;
  readonly arp_spa?: string;
  readonly arp_tpa?: string;
  readonly arp_tha?: string;
  readonly tp_src?: number;
  /** A number, or a number and a mask. */
  readonly tp_dst?: number | string;
  readonly icmp_type?: number;
  readonly icmp_code?: number;
  readonly nd_target?: string;
}

const hex = (value: number): string => `0x${value.toString(16)}`;

const named = (field: string) => (value: number | string) => `${field}=${value}`;
const hexadecimal = (field: string) => (value: number | string) => `${field}=${hex(Number(value))}`;

const FIELDS: Readonly<Record<keyof Match, (value: number | string) => string>> = {
  conj_id: named('conj_id'),
  ct_state: named('ct_state'),
  ct_zone: named('ct_zone'),
  ct_mark: hexadecimal('ct_mark'),
  protocol: String,
  nw_proto: named('nw_proto'),
  reg2: hexadecimal('reg2'),
  reg5: hexadecimal('reg5'),
  reg6: hexadecimal('reg6'),
  in_port: named('in_port'),
  tun_id: hexadecimal('tun_id'),
  // OFPVID_NONE: neither a VLAN id nor the bit that says that there is a tag.
  dl_vlan: (value) => (value === 'none' ? 'vlan_tci=0x0000/0x1fff' : `dl_vlan=${value}`),
  dl_src: named('dl_src'),
  dl_dst: named('dl_dst'),
  nw_src: named('nw_src'),
  nw_dst: named('nw_dst'),
  ipv6_src: named('ipv6_src'),
  ipv6_dst: named('ipv6_dst'),
  arp_op: named('arp_op'),
  arp_spa: named('arp_spa'),
  arp_tpa: named('arp_tpa'),
  arp_tha: named('arp_tha'),
  tp_src: named('tp_src'),
  tp_dst: named('tp_dst'),
  icmp_type: named('icmp_type'),
  icmp_code: named('icmp_code'),
  nd_target: named('nd_target'),
};

const matchText = (match: Match): string =>
  (Object.keys(FIELDS) as (keyof Match)[])
    .flatMap((field) => {
      const value = match[field];
      return value === undefined ? [] : [FIELDS[field](value)];
    })
    .join(',');

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
  setRegister: (register: 5 | 6 | 7, value: number): string => `set_field:${hex(value)}->reg${register}`,
  resubmit: (table: number): string => `resubmit(,${table})`,
  /** Looks in the same table once more. */
  again: (ofport: number): string => `resubmit:${ofport}`,
  ctClear: 'ct_clear',
  /** Looks the packet up in the connections of its zone, which register 6 names, and goes on in the table. */
  ctTable: (table: number): string => `ct(table=${table},zone=NXM_NX_REG6[0..15])`,
  ctCommit: 'ct(commit,zone=NXM_NX_REG6[0..15])',
  ctCommitMark: (mark: number): string =>
    `ct(commit,zone=NXM_NX_REG6[0..15],exec(set_field:${hex(mark)}->ct_mark))`,
  conjunction: (id: number, clause: 1 | 2): string => `conjunction(${id},${clause}/2)`,
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
