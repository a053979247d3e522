/** Headers and places in words. */
import { protocolName } from './label.ts';
import { type Piece, piece, type Style } from './style.ts';
import type { Constraint, Headers, HopKind, Tunnel } from './types.ts';

interface Placed {
  readonly kind: HopKind;
  readonly node: string;
  readonly device?: string;
  readonly to?: string;
}

/** `web1 eth0`, `compute1 → tor1 eth1`. */
export function placeOf(hop: Placed, { signs }: Style): string {
  const node = hop.to === undefined ? hop.node : `${hop.node} ${signs.arrow} ${hop.to}`;
  return hop.device === undefined ? node : `${node} ${hop.device}`;
}

/** Everything worth knowing of a frame: what the first hop of a journey shows. */
export function headerPieces(headers: Headers, style: Style): Piece[] {
  const { arrow } = style.signs;
  const pieces = [piece(`${headers.src_mac} ${arrow} ${headers.dst_mac}`)];
  if (headers.vlan !== undefined) pieces.push(piece(`tag ${headers.vlan}`));
  if (headers.arp) {
    const { operation, sender_ip, sender_mac, target_ip } = headers.arp;
    pieces.push(
      piece(
        operation === 'request'
          ? `who-has ${target_ip} tell ${sender_ip}`
          : `${sender_ip} is-at ${sender_mac}`,
      ),
    );
  }
  if (headers.src_ip !== undefined) pieces.push(piece(`${headers.src_ip} ${arrow} ${headers.dst_ip}`));
  if (headers.src_port !== undefined) {
    pieces.push(
      piece(`${protocolName(headers.protocol ?? 0)} ${headers.src_port} ${arrow} ${headers.dst_port}`),
    );
  }
  if (headers.tcp_flags) pieces.push(piece(headers.tcp_flags.replaceAll(',', ' ')));
  if (headers.ttl !== undefined) pieces.push(piece(`ttl ${headers.ttl}`));
  if (headers.tunnel) pieces.push(...tunnelPieces(headers.tunnel, style));
  return pieces;
}

/** What a tunnel's number is called: VNI (RFC 7348, RFC 8926) or key (RFC 2890). */
const tunnelNumber = (type: Tunnel['type'] | undefined): string => (type === 'gre' ? 'key' : 'vni');

function tunnelPieces(tunnel: Tunnel, { signs }: Style): Piece[] {
  const pieces = [
    piece(`+ ${tunnel.type} ${tunnelNumber(tunnel.type)} ${tunnel.id}`, 'good'),
    piece(`${tunnel.src_ip} ${signs.arrow} ${tunnel.dst_ip}`),
  ];
  if (tunnel.dst_port !== undefined) pieces.push(piece(`udp ${tunnel.dst_port}`));
  pieces.push(piece(tunnel.df ? 'df' : 'no df'));
  if (tunnel.vlan !== undefined) pieces.push(piece(`outer tag ${tunnel.vlan}`));
  return pieces;
}

/** The fields that a hop may change, with their names in words. */
const FIELDS: readonly (readonly [keyof Headers, string])[] = [
  ['src_mac', 'src mac'],
  ['dst_mac', 'dst mac'],
  ['ethertype', 'ethertype'],
  ['src_ip', 'src'],
  ['dst_ip', 'dst'],
  ['ttl', 'ttl'],
  ['df', 'df'],
  ['src_port', 'src port'],
  ['dst_port', 'dst port'],
];

const TUNNEL_FIELDS: readonly (readonly [keyof Tunnel, string])[] = [
  ['src_ip', 'outer src'],
  ['dst_ip', 'outer dst'],
  ['src_mac', 'outer src mac'],
  ['dst_mac', 'outer dst mac'],
  ['dst_port', 'outer port'],
  ['ttl', 'outer ttl'],
  ['df', 'outer df'],
];

/** What differs between the headers before and after; empty when nothing does. */
export function changePieces(before: Headers, after: Headers, style: Style): Piece[] {
  const { minus } = style.signs;
  const pieces: Piece[] = [];
  const was = (name: string, from: unknown, to: unknown): void => {
    if (from !== to && to !== undefined)
      pieces.push(piece(`${name} ${valueText(to, style)} (was ${valueText(from, style)})`, 'warn'));
  };
  const tag = (name: string, from: number | undefined, to: number | undefined): void => {
    if (from === to) return;
    if (from === undefined) pieces.push(piece(`+ ${name} ${to}`, 'good'));
    else if (to === undefined) pieces.push(piece(`${minus} ${name} ${from}`, 'warn'));
    else was(name, from, to);
  };

  const { tunnel: old } = before;
  const { tunnel } = after;
  if (old && tunnel?.type === old.type) {
    was(tunnelNumber(tunnel.type), old.id, tunnel.id);
    for (const [field, name] of TUNNEL_FIELDS) was(name, old[field], tunnel[field]);
    tag('outer tag', old.vlan, tunnel.vlan);
  } else {
    if (old) pieces.push(piece(`${minus} ${old.type} ${tunnelNumber(old.type)} ${old.id}`, 'warn'));
    if (tunnel) pieces.push(...tunnelPieces(tunnel, style));
  }
  tag('tag', before.vlan, after.vlan);
  for (const [field, name] of FIELDS) was(name, before[field], after[field]);
  return pieces;
}

const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(FIELDS),
  ...Object.fromEntries(TUNNEL_FIELDS.map(([field, name]) => [`tunnel.${field}`, name])),
  vlan: 'tag',
  'tunnel.vlan': 'outer tag',
  'tunnel.type': 'tunnel type',
};

/** The name in words of a field such as `tunnel.id`. */
export function fieldName(field: string, type?: Tunnel['type'] | null): string {
  if (field === 'tunnel.id') return tunnelNumber(type ?? undefined);
  return NAMES[field] ?? field.replaceAll('_', ' ').replaceAll('.', ' ');
}

/** A header value in words; `none` for what is or must be absent. */
export function valueText(value: unknown, style: Style): string {
  if (value === undefined || value === null) return 'none';
  if (typeof value !== 'object') return typeof value === 'string' ? value : JSON.stringify(value);
  if ('type' in value && 'dst_ip' in value) return tunnelTexts(value as Constraint<Tunnel>, style).join(' ');
  return Object.entries(value)
    .map(([name, inner]) => `${name.replaceAll('_', ' ')} ${valueText(inner, style)}`)
    .join(' ');
}

/** A tunnel, or what must hold of one. */
export function tunnelTexts(tunnel: Constraint<Tunnel>, { signs }: Style): string[] {
  const { type, id, src_ip, dst_ip } = tunnel;
  const number = id === undefined ? '' : ` ${tunnelNumber(type ?? undefined)} ${id}`;
  const texts = [`${type ?? 'tunnel'}${number}`];
  if (src_ip && dst_ip) texts.push(`${src_ip} ${signs.arrow} ${dst_ip}`);
  else if (dst_ip) texts.push(`to ${dst_ip}`);
  else if (src_ip) texts.push(`from ${src_ip}`);
  return texts;
}
