/** Headers in words: what a field is called, what it holds, and what changed from one hop to the next. */
import type { Constraint, Headers, Tunnel } from '../journey/index.ts';

/** A header field for people. */
export interface FieldText {
  /** As in differences: `tunnel.id`. */
  readonly field: string;
  readonly label: string;
  readonly value: string;
}

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

/** Every field that a frame has, outermost first. */
export function fieldTexts(headers: Headers): FieldText[] {
  const fields: FieldText[] = [];
  const add = (field: string, label: string, value: string | number | boolean | undefined) => {
    if (value !== undefined)
      fields.push({ field, label, value: value === true ? 'yes' : value === false ? 'no' : String(value) });
  };
  const { tunnel, arp, icmp, fragment } = headers;
  if (tunnel !== undefined) {
    add('tunnel.type', 'tunnel', tunnel.type);
    add('tunnel.id', idName(tunnel), tunnel.id);
    add('tunnel.src_ip', 'outer source', tunnel.src_ip);
    add('tunnel.dst_ip', 'outer destination', tunnel.dst_ip);
    add('tunnel.src_mac', 'outer source MAC', tunnel.src_mac);
    add('tunnel.dst_mac', 'outer destination MAC', tunnel.dst_mac);
    add('tunnel.vlan', 'outer tag', tunnel.vlan);
    add('tunnel.dst_port', 'outer UDP port', tunnel.dst_port);
    add('tunnel.ttl', 'outer TTL', tunnel.ttl);
    add('tunnel.df', 'outer don’t fragment', tunnel.df);
  }
  add('src_mac', 'source MAC', headers.src_mac);
  add('dst_mac', 'destination MAC', headers.dst_mac);
  add('vlan', '802.1Q tag', headers.vlan);
  add(
    'ethertype',
    'EtherType',
    ETHERTYPES[headers.ethertype] ?? `0x${headers.ethertype.toString(16).padStart(4, '0')}`,
  );
  if (arp !== undefined) {
    add('arp.operation', 'ARP', arp.operation);
    add('arp.sender_ip', 'ARP sender', `${arp.sender_ip} (${arp.sender_mac})`);
    add('arp.target_ip', 'ARP target', `${arp.target_ip} (${arp.target_mac})`);
  }
  add('src_ip', 'source', headers.src_ip);
  add('dst_ip', 'destination', headers.dst_ip);
  add('ttl', 'TTL', headers.ttl);
  add('df', 'don’t fragment', headers.df);
  if (fragment !== undefined)
    add('fragment', 'fragment', `at ${fragment.offset}${fragment.more ? ', more follow' : ''}`);
  if (headers.protocol !== undefined)
    add('protocol', 'protocol', PROTOCOLS[headers.protocol] ?? headers.protocol);
  add('src_port', 'source port', headers.src_port);
  add('dst_port', 'destination port', headers.dst_port);
  add('tcp_flags', 'TCP flags', headers.tcp_flags);
  if (icmp !== undefined) add('icmp', 'ICMP type', `${icmp.type} code ${icmp.code}`);
  add('length', 'IP length', headers.length);
  return fields;
}

function idName(tunnel: Tunnel): string {
  return tunnel.type === 'gre' ? 'key' : 'VNI';
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
    ...changed('src MAC', before.src_mac, after.src_mac),
    ...changed('dst MAC', before.dst_mac, after.dst_mac),
    ...changed('src', before.src_ip, after.src_ip),
    ...changed('dst', before.dst_ip, after.dst_ip),
    ...changed('src port', before.src_port, after.src_port),
    ...changed('dst port', before.dst_port, after.dst_port),
    ...changed('TTL', before.ttl, after.ttl),
    ...changed('length', before.length, after.length),
  ];
}

function tunnelText(tunnel: Tunnel): string {
  return `${tunnel.type} ${idName(tunnel).toLowerCase()} ${tunnel.id}`;
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

/** `web1 eth0`, `compute1 eth1 → tor1`. */
export function placeText(hop: {
  readonly node: string;
  readonly device?: string;
  readonly to?: string;
}): string {
  const device = hop.device === undefined ? '' : ` ${hop.device}`;
  return `${hop.node}${device}${hop.to === undefined ? '' : ` → ${hop.to}`}`;
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
