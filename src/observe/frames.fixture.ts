/** Frames and cables for tests. */
import { encode, type LayerSpec } from 'tcpdump-parser';
import {
  emptyNamespace,
  GUESTS,
  type NodeState,
  type OvsPortState,
  type WireEnd,
  type WireState,
} from '../state/index.ts';

const end = (node: string, device: string, namespace = ''): WireEnd => ({ node, namespace, device });

export function guestWire(server: string, host: string, tap: string): WireState {
  const name = `${server}-eth0`;
  return {
    key: name,
    kind: 'guest',
    ends: [end(GUESTS, 'eth0', server), end(host, tap)],
    mtu: 1500,
    owner: { kind: 'port', name, purpose: 'test' },
  };
}

export function underlayWire(a: string, aDevice: string, b: string, bDevice: string): WireState {
  const key = `${a}:${aDevice}--${b}:${bDevice}`;
  return {
    key,
    kind: 'underlay',
    ends: [end(a, aDevice), end(b, bDevice)],
    mtu: 1500,
    owner: { kind: 'link', name: key, purpose: 'test' },
  };
}

/** The devices of a node's namespaces: `{ 'qrouter-1': { 'qr-a': '10.0.1.1' } }`. */
export function serviceNode(
  namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Pick<NodeState, 'ports' | 'namespaces'> {
  const ports = Object.entries(namespaces).flatMap(([namespace, devices]) =>
    Object.keys(devices).map((name): [string, OvsPortState] => [
      name,
      {
        name,
        bridge: 'br-int',
        type: 'internal',
        ofport: 10,
        options: {},
        external_ids: {},
        namespace,
        owner: { kind: 'port', name: `port of ${name}`, purpose: 'test' },
      },
    ]),
  );
  return {
    ports: Object.fromEntries(ports),
    namespaces: Object.fromEntries(
      Object.entries(namespaces).map(([name, devices]) => [
        name,
        {
          ...emptyNamespace(name),
          addresses: Object.fromEntries(
            Object.entries(devices).map(([device, ip]) => [device, { device, cidr: `${ip}/24` }]),
          ),
        },
      ]),
    ),
  };
}

/** Three guests on two compute hosts and a gateway, behind one switch. */
export const wires: Readonly<Record<string, WireState>> = {
  web1: guestWire('web1', 'compute1', 'tap11111111-11'),
  web2: guestWire('web2', 'compute2', 'tap22222222-22'),
  web3: guestWire('web3', 'compute1', 'tap33333333-33'),
  c1: underlayWire('compute1', 'eth1', 'tor1', 'swp1'),
  c2: underlayWire('compute2', 'eth1', 'tor1', 'swp2'),
  g1: underlayWire('gateway1', 'eth1', 'tor1', 'swp3'),
};

export const ethernet: LayerSpec = {
  protocol: 'ethernet',
  source: 'fa:16:3e:00:00:01',
  destination: 'fa:16:3e:00:00:02',
};
export const ipv4: LayerSpec = {
  protocol: 'ipv4',
  source: '10.0.1.11',
  destination: '10.0.1.12',
  identification: 0x77,
  flags: { df: true },
};

/** The layers of a tunnel from one VTEP to another. */
export function tunnelLayers(
  type: 'vxlan' | 'gre' | 'geneve',
  id: number,
  destination = '172.31.1.12',
): LayerSpec[] {
  const outer: LayerSpec[] = [
    { protocol: 'ethernet', source: '0a:00:00:00:00:0b', destination: '0a:00:00:00:00:0c' },
    { protocol: 'ipv4', source: '172.31.1.11', destination, flags: { df: true } },
  ];
  if (type === 'gre') return [...outer, { protocol: 'gre', key: id }];
  return [...outer, { protocol: 'udp', sourcePort: 50_000 + (id % 1000) }, { protocol: type, vni: id }];
}

export const ping = (sequence = 1): Uint8Array =>
  encode([ethernet, ipv4, { protocol: 'icmp', identifier: 0x4fa1, sequence }], new Uint8Array(56));
