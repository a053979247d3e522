/** Frames and hops of the sample report, made together so that they agree. */
import { encode, type LayerSpec } from 'tcpdump-parser';
import type { Headers, Hop, HopKind, Tunnel } from '../journey/index.ts';
import type { Port, Topology } from '../topology/topology.ts';
import type { CapturedFrame } from './captures.ts';
import { tapName } from './graph/server.ts';

const SAMPLE_START = 1_795_222_800_000_000_000n;

/** What a tenant's frame holds. */
export interface Inner {
  readonly from: Port;
  readonly to: Port;
  readonly kind: 'request' | 'reply' | 'who-has' | 'is-at';
}

/** What follows a hop; made after it, so that times count up. */
type Next = () => readonly Hop[];
const none: Next = () => [];

/** A capture that grows while hops are made. */
export class SampleCapture {
  readonly frames: CapturedFrame[] = [];
  readonly topology: Topology;
  private now = SAMPLE_START;

  constructor(topology: Topology) {
    this.topology = topology;
  }

  /** Time passes. */
  wait(microseconds: number): void {
    this.now += BigInt(Math.round(microseconds * 1000));
  }

  port(server: string): Port {
    const port = this.topology.ports[this.topology.servers[server]?.nics[0]?.port ?? ''];
    if (port === undefined) throw new Error(`the sample needs a server ${server}`);
    return port;
  }

  /** Seen at a server's own NIC. */
  guest(server: string, direction: 'in' | 'out', inner: Inner, next: Next = none): Hop {
    return this.hop('guest', server, 'eth0', direction, inner, undefined, next);
  }

  /** Seen at the device by which the host holds a server. */
  tap(server: string, direction: 'in' | 'out', inner: Inner, next: Next = none): Hop {
    const host = this.topology.servers[server]?.host ?? '';
    return this.hop('tap', host, tapName(this.port(server)), direction, inner, undefined, next);
  }

  /** Seen at both ends of the cable between a host and the switch. */
  wire(host: string, up: boolean, inner: Inner, tunnel: Tunnel, next: Next = none): Hop {
    const link = this.topology.underlay.links.find(
      ({ ends }) =>
        ends.some((end) => end.host === host && end.device === 'eth1') &&
        ends.some((end) => end.host === 'tor1'),
    );
    const swp = link?.ends.find((end) => end.host === 'tor1')?.device ?? 'swp1';
    const [from, to] = up ? [`${host}:eth1`, `tor1:${swp}`] : [`tor1:${swp}`, `${host}:eth1`];
    const [node = '', device = ''] = from.split(':');
    const hop = this.hop('wire', node, device, 'out', inner, tunnel, none);
    this.wait(0.9);
    const far = this.frame(to, 'in', inner, tunnel);
    return { ...hop, to: up ? 'tor1' : host, frames: [...hop.frames, far], next: next() };
  }

  private hop(
    kind: HopKind,
    node: string,
    device: string,
    direction: 'in' | 'out',
    inner: Inner,
    tunnel: Tunnel | undefined,
    next: Next,
  ): Hop {
    this.wait(3.7);
    const point = `${node}:${device}`;
    const frame = this.frame(point, direction, inner, tunnel);
    const time = this.now;
    return {
      kind,
      node,
      device,
      point,
      direction,
      headers: headersOf(inner, tunnel),
      time,
      frames: [frame],
      next: next(),
    };
  }

  private frame(point: string, direction: 'in' | 'out', inner: Inner, tunnel: Tunnel | undefined): number {
    const bytes = encode([...outerLayers(tunnel), ...innerLayers(inner)], payloadOf(inner));
    return this.frames.push({ point, direction, time: this.now, bytes }) - 1;
  }
}

/** The tunnel between two hosts as Open vSwitch wraps it. */
export function vxlan(topology: Topology, from: string, to: string, id: number): Tunnel {
  const end = (host: string) =>
    topology.underlay.hosts[host]?.interfaces.find((nic) => nic.device === 'eth1');
  return {
    type: 'vxlan',
    id,
    src_ip: topology.underlay.hosts[from]?.local_ip ?? '',
    dst_ip: topology.underlay.hosts[to]?.local_ip ?? '',
    src_mac: end(from)?.mac_address ?? '',
    dst_mac: end(to)?.mac_address ?? '',
    dst_port: 4789,
    ttl: 64,
    df: true,
  };
}

function headersOf({ from, to, kind }: Inner, tunnel: Tunnel | undefined): Headers {
  const [src, dst] = [addressOf(from), addressOf(to)];
  const base = { src_mac: from.mac_address, dst_mac: to.mac_address, ...(tunnel && { tunnel }) };
  if (kind === 'who-has' || kind === 'is-at') {
    const asked = kind === 'who-has';
    return {
      ...base,
      dst_mac: asked ? BROADCAST : to.mac_address,
      ethertype: 0x0806,
      arp: {
        operation: asked ? 'request' : 'reply',
        sender_mac: from.mac_address,
        sender_ip: src,
        target_mac: asked ? '00:00:00:00:00:00' : to.mac_address,
        target_ip: dst,
      },
    };
  }
  const icmp = { type: kind === 'request' ? 8 : 0, code: 0, identifier: 0x1a2b, sequence: 1 };
  return {
    ...base,
    ethertype: 0x0800,
    src_ip: src,
    dst_ip: dst,
    ttl: 64,
    df: true,
    protocol: 1,
    icmp,
    length: 84,
  };
}

const BROADCAST = 'ff:ff:ff:ff:ff:ff';

function innerLayers(inner: Inner): LayerSpec[] {
  const { from, to, kind } = inner;
  const headers = headersOf(inner, undefined);
  const ethernet: LayerSpec = { protocol: 'ethernet', source: headers.src_mac, destination: headers.dst_mac };
  const [source, destination] = [addressOf(from), addressOf(to)];
  if (headers.arp !== undefined) {
    const { arp } = headers;
    return [
      ethernet,
      {
        protocol: 'arp',
        operation: arp.operation === 'request' ? 1 : 2,
        senderMac: arp.sender_mac,
        senderIp: arp.sender_ip,
        targetMac: arp.target_mac,
        targetIp: arp.target_ip,
      },
    ];
  }
  return [
    ethernet,
    { protocol: 'ipv4', source, destination, ttl: 64, identification: 0x4e1d, flags: { df: true } },
    { protocol: 'icmp', type: kind === 'request' ? 8 : 0, identifier: 0x1a2b, sequence: 1 },
  ];
}

function outerLayers(tunnel: Tunnel | undefined): LayerSpec[] {
  if (tunnel === undefined) return [];
  return [
    { protocol: 'ethernet', source: tunnel.src_mac, destination: tunnel.dst_mac },
    {
      protocol: 'ipv4',
      source: tunnel.src_ip,
      destination: tunnel.dst_ip,
      ttl: tunnel.ttl,
      flags: { df: tunnel.df },
    },
    { protocol: 'udp', sourcePort: 51_712, destinationPort: 4789, checksum: 0 },
    { protocol: 'vxlan', vni: tunnel.id },
  ];
}

/** What ping sends: a time, then counting bytes. */
function payloadOf({ kind }: Inner): Uint8Array {
  if (kind !== 'request' && kind !== 'reply') return new Uint8Array(0);
  return Uint8Array.from({ length: 56 }, (_, index) => (index < 16 ? (index * 37) & 0xff : index));
}

function addressOf(port: Port): string {
  return port.fixed_ips[0]?.ip_address ?? '0.0.0.0';
}
