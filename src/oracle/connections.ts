/**
 * Connections: what stateful filters and translators remember of packets that have passed. Source: RFC 2663 and RFC
 * 3022 (NAT, its state and how ICMP errors follow it), the OpenStack Networking API on stateful security groups.
 * A value: whoever asks passes it in and gets the next one out.
 */
import { type Ip, isIcmpError } from './ip.ts';

/** How one direction of a connection looks. A port that is left out is not known (yet), or there are none. */
export interface Tuple {
  readonly protocol?: number;
  readonly src_ip: string;
  /** For ICMP queries their identifier. */
  readonly src_port?: number;
  readonly dst_ip: string;
  readonly dst_port?: number;
}

export interface Connection {
  /** Where it is remembered: `router <name>` or `port <name>`. */
  readonly zone: string;
  /** As the first packet came. */
  readonly original: Tuple;
  /** As answers come. */
  readonly reply: Tuple;
  /** Point where the port that a translator chose shows itself, while it is not known. */
  readonly shows?: string;
  /** The filter that let it in has let it down since. */
  readonly denied?: true;
}

/** In the order in which they came to be. */
export type Connections = readonly Connection[];

type Direction = 'original' | 'reply';

export interface Found {
  readonly connection: Connection;
  readonly direction: Direction;
}

/** Answers to an ICMP query come from nobody's port; they bear the identifier of the query (RFC 5508, 3). */
const QUERIED = -1;
const QUERIES: ReadonlySet<number> = new Set([8, 13, 15, 17, 128]);
const REPLIES: ReadonlySet<number> = new Set([0, 14, 16, 18, 129]);

export function tupleOf({ src_ip, dst_ip, protocol, src_port, dst_port, icmp }: Ip): Tuple {
  const base = { src_ip, dst_ip, ...(protocol === undefined ? {} : { protocol }) };
  if (icmp) {
    const id = icmp.identifier;
    if (QUERIES.has(icmp.type))
      return { ...base, dst_port: QUERIED, ...(id === undefined ? {} : { src_port: id }) };
    if (REPLIES.has(icmp.type))
      return { ...base, src_port: QUERIED, ...(id === undefined ? {} : { dst_port: id }) };
    return base;
  }
  return {
    ...base,
    ...(src_port === undefined ? {} : { src_port }),
    ...(dst_port === undefined ? {} : { dst_port }),
  };
}

export function invert({ src_ip, src_port, dst_ip, dst_port, protocol }: Tuple): Tuple {
  return {
    ...(protocol === undefined ? {} : { protocol }),
    src_ip: dst_ip,
    ...(dst_port === undefined ? {} : { src_port: dst_port }),
    dst_ip: src_ip,
    ...(src_port === undefined ? {} : { dst_port: src_port }),
  };
}

/** How packets of a direction look behind the translator. */
export const translated = ({ connection, direction }: Found): Tuple =>
  invert(direction === 'original' ? connection.reply : connection.original);

/** The packet with another source; the identifier of an ICMP query is its source port. */
export function withSource(ip: Ip, src_ip: string, port: number | undefined): Ip {
  const { src_port, ...rest } = ip;
  if (ip.icmp && QUERIES.has(ip.icmp.type)) return { ...rest, src_ip, icmp: renumbered(ip.icmp, port) };
  // Only the first fragment of a packet has ports.
  if (src_port === undefined || port === undefined) return { ...rest, src_ip };
  return { ...rest, src_ip, src_port: port };
}

export function withDestination(ip: Ip, dst_ip: string, port: number | undefined): Ip {
  const { dst_port, ...rest } = ip;
  if (ip.icmp && REPLIES.has(ip.icmp.type)) return { ...rest, dst_ip, icmp: renumbered(ip.icmp, port) };
  if (dst_port === undefined || port === undefined) return { ...rest, dst_ip };
  return { ...rest, dst_ip, dst_port: port };
}

function renumbered(icmp: NonNullable<Ip['icmp']>, id: number | undefined): NonNullable<Ip['icmp']> {
  const { identifier, ...rest } = icmp;
  return id === undefined || identifier === undefined ? rest : { ...rest, identifier: id };
}

/** A packet that can begin a connection; answers and errors cannot. */
export function canBegin(ip: Ip): boolean {
  if (isIcmpError(ip)) return false;
  return ip.icmp === undefined || !REPLIES.has(ip.icmp.type);
}

const same = (one: unknown, other: unknown): boolean => one === other;
const sameOrUnknown = (one: unknown, other: unknown): boolean =>
  one === other || one === undefined || other === undefined;

function matches(a: Tuple, b: Tuple, agree: typeof same): boolean {
  return (
    a.src_ip === b.src_ip &&
    a.dst_ip === b.dst_ip &&
    agree(a.protocol, b.protocol) &&
    agree(a.src_port, b.src_port) &&
    agree(a.dst_port, b.dst_port)
  );
}

/** Only who asks has a port that a translator chose: what comes from such a port is no answer. */
const canAnswer = ({ reply }: Connection, { src_port, dst_port }: Tuple): boolean =>
  reply.src_port === undefined || src_port !== undefined || dst_port === undefined;

/** The connections of one question and all that follows from it: grows while a packet is followed. */
export class Tracker {
  private list: Connection[];

  constructor(connections: Connections) {
    this.list = [...connections];
  }

  get connections(): Connections {
    return this.list;
  }

  /** The latest connection that a packet belongs to; one whose ports are known rather than one that only may be it. */
  find(
    zone: string,
    tuple: Tuple,
    valid: (connection: Connection) => boolean = () => true,
  ): Found | undefined {
    for (const agree of [same, sameOrUnknown]) {
      for (const connection of this.list.toReversed()) {
        if (connection.zone !== zone || !valid(connection)) continue;
        if (matches(connection.original, tuple, agree)) return { connection, direction: 'original' };
        if (matches(connection.reply, tuple, agree) && canAnswer(connection, tuple))
          return { connection, direction: 'reply' };
      }
    }
    return undefined;
  }

  /** The connection that an ICMP error is about, and the direction in which the error goes. */
  findQuoted(zone: string, ip: Ip, valid?: (connection: Connection) => boolean): Found | undefined {
    if (ip.quoted) return this.find(zone, invert(ip.quoted), valid);
    // What it quotes is not known: the latest connection in which somebody has the address to which the error goes.
    for (const connection of this.list.toReversed()) {
      if (connection.zone !== zone || valid?.(connection) === false) continue;
      if (connection.reply.dst_ip === ip.dst_ip) return { connection, direction: 'reply' };
      if (connection.original.dst_ip === ip.dst_ip) return { connection, direction: 'original' };
    }
    return undefined;
  }

  add(connection: Connection): void {
    this.list.push(connection);
  }

  replace(before: Connection, after: Connection): void {
    this.list = this.list.map((one) => (one === before ? after : one));
  }
}

/** What a packet's journey tells of a port that a translator chose. */
export function learnPorts(
  connections: Connections,
  seen: readonly { readonly point: string; readonly tuple: Tuple }[],
): Connections {
  return connections.map((connection) => {
    const { shows, reply, original } = connection;
    if (shows === undefined) return connection;
    const chosen = seen.find(
      ({ point, tuple }) =>
        point === shows &&
        tuple.src_ip === reply.dst_ip &&
        tuple.dst_ip === reply.src_ip &&
        tuple.protocol === original.protocol &&
        sameOrUnknown(tuple.dst_port, reply.src_port),
    );
    if (chosen?.tuple.src_port === undefined) return connection;
    const { shows: _, ...rest } = connection;
    return { ...rest, reply: { ...reply, dst_port: chosen.tuple.src_port } };
  });
}
