/**
 * What a router of the cloud translates. Source: the OpenStack Networking API (floating IPs, port forwardings,
 * enable_snat) and RFC 3022; for packets that turn round within the router (from inside to a floating IP) Neutron's
 * administration guide names no address, its L3 agent's tables do: the sender's floating IP, else the gateway's.
 */
import type { FloatingIp, PortForwarding, Topology } from '../topology/topology.ts';
import {
  type Connection,
  type Connections,
  canBegin,
  type Found,
  invert,
  type Tracker,
  translated,
  tupleOf,
  withDestination,
  withSource,
} from './connections.ts';
import { type Ip, isIcmpError, isIpv4, TCP, UDP } from './ip.ts';
import type { Seat } from './seats.ts';
import { METADATA_IP } from './stacks.ts';
import { type Translator, translatorIn } from './translators.ts';

/** Half-way through a router: the destination is what it will be, the source is still what it was. */
export interface Entered {
  /** As it came. */
  readonly arrived: Ip;
  readonly ip: Ip;
  /** It belongs to a connection that is known. */
  readonly found?: Found;
  /** For the metadata service, which the router itself serves. */
  readonly metadata: boolean;
}

/** Before routing: answers are translated back, and what is for a floating IP is for its fixed IP. */
export function enter(translator: Translator, tracker: Tracker, from: Seat, ip: Ip): Entered {
  const { zone, outside, floatingIps } = translator;
  const valid = (connection: Connection): boolean => holds(translator, connection);
  const error = isIcmpError(ip);
  const found = error ? tracker.findQuoted(zone, ip, valid) : tracker.find(zone, tupleOf(ip), valid);
  const entered = { arrived: ip, metadata: false, ...(found && { found }) };
  if (found) {
    const { dst_ip, dst_port } = translated(found);
    // An error quotes what its receiver has sent, as the receiver has sent it.
    const quoted = found.direction === 'reply' ? found.connection.original : found.connection.reply;
    if (error) return { ...entered, ip: { ...withDestination(ip, dst_ip, undefined), quoted } };
    return { ...entered, ip: withDestination(ip, dst_ip, dst_port) };
  }
  if (error || !isTranslated(ip)) return { ...entered, ip };
  const inside = from !== outside;
  if (translator.metadata && inside && isMetadata(ip)) return { ...entered, ip, metadata: true };
  const target = inside && !translator.everywhere ? undefined : targetOf(floatingIps, ip);
  return { ...entered, ip: target ? withDestination(ip, target.dst_ip, target.dst_port) : ip };
}

/** Neutron translates no IPv6 addresses (administration guide, IPv6); connections of both versions are known. */
const isTranslated = ({ dst_ip }: Ip): boolean => isIpv4(dst_ip);

const isMetadata = ({ protocol, dst_ip, dst_port }: Ip): boolean =>
  protocol === TCP && dst_ip === METADATA_IP && dst_port === 80;

interface Target {
  readonly dst_ip: string;
  readonly dst_port?: number;
}

function targetOf(floatingIps: readonly FloatingIp[], ip: Ip): Target | undefined {
  const floating = floatingIps.find(({ floating_ip_address }) => floating_ip_address === ip.dst_ip);
  if (floating?.fixed_ip_address !== undefined && floating.port !== undefined) {
    const { dst_port } = ip;
    return { dst_ip: floating.fixed_ip_address, ...(dst_port === undefined ? {} : { dst_port }) };
  }
  const forwarding = floating?.port_forwardings.find(
    (one) => protocolOf(one) === ip.protocol && one.external_port === ip.dst_port,
  );
  return forwarding && { dst_ip: forwarding.internal_ip_address, dst_port: forwarding.internal_port };
}

const protocolOf = ({ protocol }: PortForwarding): number => (protocol === 'tcp' ? TCP : UDP);

/** After routing: the source, and the connection is remembered. */
export function leave(
  translator: Translator,
  tracker: Tracker,
  { arrived, ip, found }: Entered,
  from: Seat,
  out: Seat,
): Ip {
  if (found) {
    const { src_ip, src_port } = translated(found);
    if (!isIcmpError(ip)) return withSource(ip, src_ip, src_port);
    // Who reports an error is nobody of the connection, save where a translator stands for him.
    return hidesSource(found) ? withSource(ip, src_ip, undefined) : ip;
  }
  if (!canBegin(ip)) return ip;
  const source = isTranslated(ip) ? sourceOf(translator, arrived, ip, from, out) : undefined;
  // The agent asks for random ports (--random-fully), so the port is known when it has been seen.
  const after = source === undefined ? ip : withSource(ip, source, undefined);
  const blind = source !== undefined && tupleOf(arrived).src_port !== undefined;
  tracker.add({
    zone: translator.zone,
    original: tupleOf(arrived),
    reply: invert(tupleOf(after)),
    ...(blind && { shows: out.point }),
  });
  return after;
}

/** The direction's own source is translated. */
function hidesSource({ connection: { original, reply }, direction }: Found): boolean {
  return direction === 'original' ? reply.dst_ip !== original.src_ip : original.dst_ip !== reply.src_ip;
}

/** The address that a new connection's source becomes, if any. */
function sourceOf(
  { outside, floatingIps, address, hides }: Translator,
  arrived: Ip,
  ip: Ip,
  from: Seat,
  out: Seat,
): string | undefined {
  if (!outside) return undefined;
  const redirected = arrived.dst_ip !== ip.dst_ip || arrived.dst_port !== ip.dst_port;
  if (out !== outside && !redirected) return undefined;
  const own = floatingIps.find(
    ({ port, fixed_ip_address }) => port !== undefined && fixed_ip_address === ip.src_ip,
  );
  if (own) return own.floating_ip_address;
  if (out === outside) return hides ? address : undefined;
  // What turns round has to come back this way, whether or not enable_snat says that addresses are hidden outside.
  return from === outside ? undefined : address;
}

/**
 * Connections that the router still remembers. When a floating IP or a port forwarding is taken away its connections
 * are cut; one that is moved to another port at once keeps those that it has.
 */
function holds(translator: Translator, connection: Connection): boolean {
  const { floatingIps } = translator;
  const { original, reply } = connection;
  const stands = (address: string): boolean =>
    floatingIps.some((one) => one.port !== undefined && one.floating_ip_address === address);
  if (original.dst_ip !== reply.src_ip && !stands(original.dst_ip)) {
    if (targetOf(floatingIps, { ...original, ttl: 0 }) === undefined) return false;
  }
  if (original.src_ip === reply.dst_ip || stands(reply.dst_ip)) return true;
  return reply.dst_ip === translator.address;
}

/** What is left of connections when the cloud has changed. */
export function surviving(topology: Topology, connections: Connections): Connections {
  return connections.filter((connection) => {
    const [kind, name = ''] = connection.zone.split(' ');
    if (kind === 'port') return topology.ports[name] !== undefined;
    const translator = translatorIn(topology, connection.zone);
    return translator !== undefined && holds(translator, connection);
  });
}

/** Where an error comes from that the router itself reports: from what the sender took for the destination. */
export const faceOf = ({ arrived, ip }: Entered): string | undefined =>
  arrived.dst_ip === ip.dst_ip ? undefined : arrived.dst_ip;
