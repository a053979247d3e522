/** Headers and places in words. */
import { protocolName } from './label.ts';
import { type Piece, piece, type Style } from './style.ts';
import type { Constraint, Headers, HopKind, Tunnel } from './types.ts';

interface Placed {
  readonly kind: HopKind;
  readonly node: string;
  readonly device?: string;
  readonly to?: string;
  readonly direction?: 'in' | 'out';
}

/** `web1 eth0`, `compute1 → tor1 eth1`, `network1 qr-1a2b3c4d-5e in`: into the namespace. */
export function placeOf(hop: Placed, { signs }: Style): string {
  const node = hop.to === undefined ? hop.node : `${hop.node} ${signs.arrow} ${hop.to}`;
  const place = hop.device === undefined ? node : `${node} ${hop.device}`;
  return hop.kind === 'namespace' && hop.direction !== undefined ? `${place} ${hop.direction}` : place;
}

/** Columns that the names of some hops' kinds need, with a space after the longest. */
export const kindWidth = (hops: readonly { readonly kind: HopKind }[], least: number): number =>
  Math.max(least, ...hops.map(({ kind }) => kind.length + 1));

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
  ['ttl', 'ttl'],
  ['df', 'df'],
];

/** The fields of which address translation has words of its own. */
const TRANSLATED: readonly (readonly [keyof Headers, string])[] = [
  ['src_ip', 'src'],
  ['dst_ip', 'dst'],
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
  const routed = isRouted(before, after);
  if (routed) pieces.push(...routedPieces(before, after, style));
  for (const [field, name] of FIELDS)
    if (!routed || !ROUTED.has(field)) was(name, before[field], after[field]);
  return [...pieces, ...translationPieces(before, after, style)];
}

/** What every router changes (RFC 1812, 5.2.1 and 5.3.1). */
const ROUTED: ReadonlySet<keyof Headers> = new Set(['src_mac', 'dst_mac', 'ttl']);

export const isRouted = (before: Headers, after: Headers): boolean =>
  before.ttl !== undefined && after.ttl === before.ttl - 1 && before.src_mac !== after.src_mac;

function routedPieces(before: Headers, after: Headers, { signs }: Style): Piece[] {
  return [
    piece(`routed ${after.src_mac} ${signs.arrow} ${after.dst_mac}`, 'warn'),
    piece(`ttl ${after.ttl} ${signs.back} ${before.ttl}`, 'warn'),
  ];
}

/** An address with its port, the latter only where one is. */
function socketText(ip: string | undefined, port: number | undefined): string {
  const address = ip ?? 'none';
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Of address translation: SNAT, DNAT, or the identifier of an echo, which has it for a port (RFC 5508, 3.1). */
export interface Translation {
  readonly name: 'SNAT' | 'DNAT' | 'id';
  readonly from: string;
  readonly to: string;
}

/** What address translation changed between two hops. */
export function translationsBetween(before: Headers, after: Headers): Translation[] {
  const identifier = ({ icmp }: Headers): string => icmp?.identifier?.toString(16).padStart(4, '0') ?? 'none';
  const all: Translation[] = [
    {
      name: 'SNAT',
      from: socketText(before.src_ip, before.src_port),
      to: socketText(after.src_ip, after.src_port),
    },
    {
      name: 'DNAT',
      from: socketText(before.dst_ip, before.dst_port),
      to: socketText(after.dst_ip, after.dst_port),
    },
    { name: 'id', from: identifier(before), to: identifier(after) },
  ];
  return all.filter(({ from, to }) => from !== to);
}

const translationPieces = (before: Headers, after: Headers, { signs }: Style): Piece[] =>
  translationsBetween(before, after).map(({ name, from, to }) =>
    piece(`${name} ${from} ${signs.arrow} ${to}`, 'warn'),
  );

/** Addresses and TTL, or what must hold of them: what a router may have changed. */
export function addressTexts(
  { src_ip, dst_ip, src_port, dst_port, ttl }: Constraint<Headers>,
  { signs }: Style,
): string[] {
  const texts: string[] = [];
  if (src_ip || dst_ip) {
    const source = src_ip ? `${socketText(src_ip, src_port ?? undefined)} ` : '';
    texts.push(`${source}${signs.arrow} ${dst_ip ? socketText(dst_ip, dst_port ?? undefined) : 'any'}`);
  }
  if (ttl !== undefined && ttl !== null) texts.push(`ttl ${ttl}`);
  return texts;
}

const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(FIELDS),
  ...Object.fromEntries(TRANSLATED),
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
