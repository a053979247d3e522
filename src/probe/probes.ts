/** What guests do: packets by the guest's own kernel, and frames put on its NIC as they are. */
import { randomBytes } from 'node:crypto';
import { type BytesLike, encode, type LayerSpec } from 'tcpdump-parser';
import type { Agent } from '../engine/index.ts';

export interface PingOptions {
  readonly source?: string;
  readonly ttl?: number;
  /** Do not fragment. */
  readonly df?: boolean;
  /** Bytes of ICMP payload; 16 at least, because they carry what tells this packet from others. */
  readonly size?: number;
  /** Seconds. */
  readonly timeout?: number;
}

export type PingOutcome =
  | { readonly outcome: 'reply'; readonly from: string; readonly ttl: number; readonly us: number }
  | {
      readonly outcome: 'icmp-error';
      readonly from: string;
      readonly type: number;
      readonly code: number;
      readonly mtu: number;
    }
  | { readonly outcome: 'no-reply' }
  | { readonly outcome: 'not-sent' | 'error'; readonly errno: string };

/** Identity of one echo: how its packets are found again. */
export interface Echo {
  readonly identifier: number;
  readonly sequence: number;
}

let identifier = randomBytes(2).readUInt16BE(0);

/**
 * An identifier of its own for each probe, as for each run of ping(8): to what remembers connections it is one of its
 * own. And a payload that no other packet bears.
 */
function nextEcho(size: number): Echo & { payload: Buffer } {
  const sequence = 1;
  identifier = (identifier + 1) & 0xff_ff;
  const payload = Buffer.alloc(Math.max(size, 16));
  randomBytes(16).copy(payload);
  return { identifier, sequence, payload };
}

/** One ICMP echo by the guest's kernel, ARP and all (RFC 792); to an IPv6 address by ICMPv6 (RFC 4443, 4). */
export async function ping(
  guests: Agent,
  server: string,
  destination: string,
  options: PingOptions = {},
): Promise<PingOutcome & { readonly echo: Echo }> {
  const { size = 56, ...rest } = options;
  const { payload, ...echo } = nextEcho(size);
  const outcome = await guests.request<PingOutcome>('ping', {
    namespace: server,
    destination,
    payload: payload.toString('hex'),
    ...echo,
    ...rest,
  });
  return { ...outcome, echo };
}

export interface UdpOptions {
  readonly source?: string;
  readonly source_port?: number;
  readonly ttl?: number;
  /** Whether to wait for an answer. */
  readonly reply?: boolean;
  readonly timeout?: number;
  /** Default: 16 random bytes. */
  readonly payload?: Uint8Array;
}

export type UdpOutcome =
  | { readonly outcome: 'sent' | 'no-reply'; readonly source_port: number }
  | {
      readonly outcome: 'reply';
      readonly from: string;
      readonly payload: string;
      readonly source_port: number;
    }
  | { readonly outcome: 'not-sent' | 'error'; readonly errno: string };

/** One datagram by the guest's kernel (RFC 768). */
export function udp(
  guests: Agent,
  server: string,
  destination: string,
  port: number,
  options: UdpOptions = {},
): Promise<UdpOutcome> {
  const { payload = randomBytes(16), ...rest } = options;
  return guests.request('udp', {
    namespace: server,
    destination,
    port,
    payload: Buffer.from(payload).toString('hex'),
    ...rest,
  });
}

export interface TcpOptions {
  /** Bytes sent and expected back. */
  readonly size?: number;
  readonly source?: string;
  readonly timeout?: number;
}

export type TcpOutcome =
  | {
      readonly outcome: 'exchanged';
      readonly bytes: number;
      readonly connect_us: number;
      readonly us: number;
    }
  | { readonly outcome: 'no-connection' }
  | { readonly outcome: 'stalled' | 'closed' | 'corrupted'; readonly sent: number; readonly received: number }
  | { readonly outcome: 'refused' | 'error'; readonly errno: string };

/** A TCP connection to an echo server: `size` bytes there and back, compared byte by byte. */
export function tcp(
  guests: Agent,
  server: string,
  destination: string,
  port: number,
  options: TcpOptions = {},
): Promise<TcpOutcome> {
  const { size = 1024, ...rest } = options;
  return guests.request('tcp', { namespace: server, destination, port, size, ...rest });
}

/** An echo server in a guest, and who came to it. */
export interface EchoServer extends AsyncDisposable {
  readonly port: number;
  readonly clients: readonly { readonly from: string; readonly port: number; readonly bytes?: number }[];
}

interface ServeOptions {
  /** `::` is every IPv6 address of the guest. */
  readonly address?: string;
  /** Ends connections by a RST: a FIN that nobody acknowledges would be sent again for a minute. */
  readonly abrupt?: boolean;
}

/** Serves until disposed; port 0 lets the guest choose one. */
export async function serve(
  guests: Agent,
  server: string,
  protocol: 'tcp' | 'udp',
  port = 0,
  options: ServeOptions = {},
): Promise<EchoServer> {
  const clients: { from: string; port: number; bytes?: number }[] = [];
  const { channel, value } = await guests.open<number>(
    'serve',
    { namespace: server, protocol, port, ...options },
    { data: (chunk) => clients.push(JSON.parse(chunk.toString()) as (typeof clients)[number]) },
  );
  return { port: value, clients, [Symbol.asyncDispose]: () => channel.close() };
}

/** Frames put on a guest's NIC as they are, in order. */
export async function inject(
  guests: Agent,
  frames: readonly { server: string; device?: string; bytes: Uint8Array }[],
): Promise<void> {
  await guests.request('inject', {
    frames: frames.map(({ server, device = 'eth0', bytes }) => [
      server,
      device,
      Buffer.from(bytes).toString('hex'),
    ]),
  });
}

/** A frame from its layers; the payload is 16 random bytes unless given, so that no other packet is like it. */
export function frame(layers: readonly LayerSpec[], payload: BytesLike = randomBytes(16)): Uint8Array {
  return encode(layers, payload);
}

const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** Who has `ip_address`? (RFC 826) */
export function arpRequest(
  from: { mac_address: string; ip_address: string },
  ip_address: string,
): Uint8Array {
  return encode([
    { protocol: 'ethernet', destination: BROADCAST, source: from.mac_address, etherType: 0x0806 },
    {
      protocol: 'arp',
      operation: 1,
      senderMac: from.mac_address,
      senderIp: from.ip_address,
      targetIp: ip_address,
    },
  ]);
}

/** Here I am: a gratuitous ARP request (RFC 5227, 3), or an unsolicited neighbour advertisement (RFC 4861, 7.2.6). */
export function announcement(from: {
  mac_address: string;
  ip_address: string;
  /** IPv6: who forwards says so, or his neighbours would take him for a router no longer. */
  router?: boolean;
}): Uint8Array {
  const { mac_address, ip_address, router = false } = from;
  if (!ip_address.includes(':')) return arpRequest(from, ip_address);
  return encode([
    { protocol: 'ethernet', destination: '33:33:00:00:00:01', source: mac_address, etherType: 0x86dd },
    { protocol: 'ipv6', source: ip_address, destination: 'ff02::1', nextHeader: 58, hopLimit: 255 },
    {
      protocol: 'icmpv6',
      type: 136,
      router,
      override: true,
      targetAddress: ip_address,
      options: [{ type: 2, linkLayerAddress: mac_address }],
    },
  ]);
}

/** Who am I? (RFC 903) What QEMU says for a NIC, without an IP address, when its server has moved (net/announce.c). */
export function reverseArp(mac_address: string): Uint8Array {
  const own = mac_address.split(':').map((byte) => Number.parseInt(byte, 16));
  const none = [0, 0, 0, 0];
  const head = [0, 1, 8, 0, 6, 4, 0, 3];
  // Padded to the shortest frame there is (IEEE 802.3, 3.2.8).
  const body = Uint8Array.from([
    ...head,
    ...own,
    ...none,
    ...own,
    ...none,
    ...Array.from({ length: 18 }, () => 0),
  ]);
  return encode(
    [{ protocol: 'ethernet', destination: BROADCAST, source: mac_address, etherType: 0x8035 }],
    body,
  );
}

/** What `arping -U` and then `arping -A` send: an address announced by request and by reply (RFC 5227, 3). */
export function gratuitousArp(from: { mac_address: string; ip_address: string }): Uint8Array[] {
  const { mac_address, ip_address } = from;
  const reply = encode([
    { protocol: 'ethernet', destination: BROADCAST, source: mac_address, etherType: 0x0806 },
    {
      protocol: 'arp',
      operation: 2,
      senderMac: mac_address,
      senderIp: ip_address,
      targetMac: mac_address,
      targetIp: ip_address,
    },
  ]);
  return [announcement(from), reply];
}
