/** Headers in words: what a field is called, what it holds, and what changed from one hop to the next. */
import {
  type Constraint,
  type Headers,
  isRouted,
  translationsBetween,
  type Tunnel,
} from '../journey/index.ts';

/** What fields are called, in the order in which they are shown: outermost first. */
export const FIELD_LABELS: Readonly<Record<string, string>> = {
  'tunnel.type': 'tunnel',
  'tunnel.id': 'VNI',
  'tunnel.src_ip': 'outer source',
  'tunnel.dst_ip': 'outer destination',
  'tunnel.src_mac': 'outer source MAC',
  'tunnel.dst_mac': 'outer destination MAC',
  'tunnel.vlan': 'outer tag',
  'tunnel.dst_port': 'outer UDP port',
  'tunnel.ttl': 'outer TTL',
  'tunnel.df': 'outer don’t fragment',
  src_mac: 'source MAC',
  dst_mac: 'destination MAC',
  vlan: '802.1Q tag',
  ethertype: 'EtherType',
  'arp.operation': 'ARP',
  'arp.sender_ip': 'ARP sender',
  'arp.sender_mac': 'ARP sender MAC',
  'arp.target_ip': 'ARP target',
  'arp.target_mac': 'ARP target MAC',
  src_ip: 'source',
  dst_ip: 'destination',
  ttl: 'TTL',
  df: 'don’t fragment',
  'fragment.offset': 'fragment at',
  'fragment.more': 'more fragments',
  protocol: 'protocol',
  src_port: 'source port',
  dst_port: 'destination port',
  tcp_flags: 'TCP flags',
  'icmp.type': 'ICMP type',
  'icmp.code': 'ICMP code',
  'icmp.identifier': 'ICMP identifier',
  'icmp.sequence': 'ICMP sequence',
  length: 'IP length',
};

const ETHERTYPES: Readonly<Record<number, string>> = {
  0x0800: 'IPv4',
  0x0806: 'ARP',
  0x86dd: 'IPv6',
  0x8035: 'RARP',
};
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'ICMP',
  2: 'IGMP',
  6: 'TCP',
  17: 'UDP',
  47: 'GRE',
  58: 'ICMPv6',
  112: 'VRRP',
  132: 'SCTP',
};

/** The values of all fields that a frame has, by their names; nested ones as `tunnel.id`. */
export function fieldTexts(headers: Headers): Map<string, string> {
  const texts = new Map<string, string>();
  const add = (name: string, value: unknown): void => {
    if (value === undefined || value === null) return;
    if (typeof value === 'object')
      for (const [key, inner] of Object.entries(value)) add(`${name}.${key}`, inner);
    else texts.set(name, valueText(name, value));
  };
  for (const [name, value] of Object.entries(headers)) add(name, value);
  return texts;
}

function valueText(field: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'number') return typeof value === 'string' ? value : JSON.stringify(value);
  if (field === 'ethertype') return ETHERTYPES[value] ?? `0x${value.toString(16).padStart(4, '0')}`;
  if (field === 'protocol') return PROTOCOLS[value] ?? String(value);
  return field === 'icmp.identifier' ? `0x${value.toString(16).padStart(4, '0')}` : String(value);
}

function idName(tunnel: Tunnel): string {
  return tunnel.type === 'gre' ? 'key' : 'vni';
}

/** What a device did to a frame, such as `+vxlan vni 5001`; `more` says it in full. */
export interface Change {
  readonly kind: 'add' | 'remove' | 'change';
  readonly text: string;
  readonly more?: string;
}

/** What changed between two hops. */
export function changesBetween(before: Headers, after: Headers): Change[] {
  return [
    ...tunnelChanges(before.tunnel, after.tunnel),
    ...tagChanges('tag', before.vlan, after.vlan),
    ...(isRouted(before, after)
      ? [routedChange(before, after)]
      : [
          ...changed('src MAC', before.src_mac, after.src_mac),
          ...changed('dst MAC', before.dst_mac, after.dst_mac),
          ...changed('TTL', before.ttl, after.ttl),
        ]),
    ...translationsBetween(before, after).map(
      ({ name, from, to }): Change => ({ kind: 'change', text: `${name} ${from} → ${to}` }),
    ),
    ...changed('length', before.length, after.length),
  ];
}

/** By a router: it has new MAC addresses and one less to live. */
const routedChange = (before: Headers, after: Headers): Change => ({
  kind: 'change',
  text: `routed, TTL ${before.ttl} → ${after.ttl}`,
  more: `${after.src_mac} to ${after.dst_mac}`,
});

function tunnelText(tunnel: Tunnel): string {
  return `${tunnel.type} ${idName(tunnel)} ${tunnel.id}`;
}

function tunnelChanges(before: Tunnel | undefined, after: Tunnel | undefined): Change[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined && after !== undefined)
    return [
      { kind: 'add', text: `+${tunnelText(after)}`, more: `${after.src_ip} to ${after.dst_ip}` },
      ...tagChanges('outer tag', undefined, after.vlan),
    ];
  if (before !== undefined && after === undefined)
    return [{ kind: 'remove', text: `−${tunnelText(before)}` }];
  if (before === undefined || after === undefined) return [];
  const same = before.type === after.type && before.id === after.id;
  return [
    ...(same ? [] : [{ kind: 'change' as const, text: `${tunnelText(before)} → ${tunnelText(after)}` }]),
    ...changed('outer src', before.src_ip, after.src_ip),
    ...changed('outer dst', before.dst_ip, after.dst_ip),
    ...tagChanges('outer tag', before.vlan, after.vlan),
    ...changed('outer src MAC', before.src_mac, after.src_mac),
    ...changed('outer dst MAC', before.dst_mac, after.dst_mac),
    ...changed('outer TTL', before.ttl, after.ttl),
  ];
}

function tagChanges(name: string, before: number | undefined, after: number | undefined): Change[] {
  if (before === after) return [];
  if (before === undefined) return [{ kind: 'add', text: `+${name} ${after}` }];
  if (after === undefined) return [{ kind: 'remove', text: `−${name} ${before}` }];
  return [{ kind: 'change', text: `${name} ${before} → ${after}` }];
}

function changed(
  name: string,
  before: string | number | undefined,
  after: string | number | undefined,
): Change[] {
  if (before === after || before === undefined || after === undefined) return [];
  return [{ kind: 'change', text: `${name} ${before} → ${after}` }];
}

/** `web1 eth0`, `compute1 eth1 → tor1`, `network1 qr-1a2b3c4d-5e in`: into the namespace. */
export function placeText(hop: {
  readonly kind?: string;
  readonly node: string;
  readonly device?: string;
  readonly to?: string;
  readonly direction?: 'in' | 'out';
}): string {
  const device = hop.device === undefined ? '' : ` ${hop.device}`;
  const direction = hop.kind === 'namespace' && hop.direction !== undefined ? ` ${hop.direction}` : '';
  return `${hop.node}${device}${hop.to === undefined ? '' : ` → ${hop.to}`}${direction}`;
}

/** Tunnel and tag of a frame in one line. */
export function wearText({ tunnel, vlan }: Headers): string {
  return constraintText({ tunnel: tunnel ?? null, vlan: vlan ?? null });
}

/** What an expectation says of the tunnel and the tag, in one line. */
export function constraintText({ tunnel, vlan }: Constraint<Headers>): string {
  const parts: string[] = [];
  if (tunnel === null) parts.push('no tunnel');
  else if (tunnel !== undefined) parts.push(tunnelConstraintText(tunnel));
  if (vlan === null) parts.push('no tag');
  else if (vlan !== undefined) parts.push(`tag ${vlan}`);
  return parts.join(', ');
}

function tunnelConstraintText(tunnel: Constraint<Tunnel>): string {
  const words: string[] = [tunnel.type ?? 'tunnel'];
  if (tunnel.id !== undefined) words.push(`${tunnel.type === 'gre' ? 'key' : 'vni'} ${tunnel.id ?? 'none'}`);
  const { src_ip: source, dst_ip: destination } = tunnel;
  if (source && destination) words.push(`${source} → ${destination}`);
  else if (destination) words.push(`to ${destination}`);
  else if (source) words.push(`from ${source}`);
  return words.join(' ');
}
