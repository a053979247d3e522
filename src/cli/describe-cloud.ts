/** A cloud as `up`, `apply` and `inspect` tell it. */
import type { CloudState } from '../state/index.ts';
import type { Port, Topology } from '../topology/index.ts';
import type { Context } from './context.ts';
import { table } from './terminal/table.ts';

export interface DescribedCloud {
  readonly name: string;
  readonly topology: Topology;
  readonly state: CloudState;
  readonly target: string;
  readonly datapath: string;
  readonly document: string | undefined;
}

interface NicJson {
  readonly device: string;
  readonly port: string;
  readonly network: string;
  readonly mac_address: string;
  readonly fixed_ips: readonly string[];
  /** Device by which the compute host holds it. */
  readonly tap?: string;
  /** VLAN tag that the network has inside of the host. */
  readonly local_vlan?: number;
}

export interface CloudJson {
  /** Its name. */
  readonly cloud: string;
  readonly document: string | null;
  readonly target: string;
  readonly underlay: string;
  readonly datapath: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly role: string;
    readonly bridges: readonly string[];
  }[];
  readonly networks: readonly {
    readonly name: string;
    readonly 'provider:network_type': string;
    readonly 'provider:segmentation_id': number | null;
    readonly mtu: number;
  }[];
  readonly servers: readonly {
    readonly name: string;
    readonly host: string;
    readonly project: string | null;
    readonly nics: readonly NicJson[];
  }[];
}

export function cloudJson(cloud: DescribedCloud): CloudJson {
  const { topology, state } = cloud;
  return {
    cloud: cloud.name,
    document: cloud.document ?? null,
    target: cloud.target,
    underlay: topology.underlay.name,
    datapath: cloud.datapath,
    nodes: Object.values(topology.underlay.hosts).map(({ name, role }) => ({
      name,
      role,
      bridges: Object.keys(state.nodes[name]?.bridges ?? {}),
    })),
    networks: Object.values(topology.networks).map((network) => ({
      name: network.name,
      'provider:network_type': network['provider:network_type'],
      'provider:segmentation_id': network['provider:segmentation_id'] ?? null,
      mtu: network.mtu,
    })),
    servers: Object.values(topology.servers).map(({ name, host, project, nics }) => ({
      name,
      host,
      project: project ?? null,
      nics: nics.flatMap(({ device, port }) => {
        const found = topology.ports[port];
        return found ? [nicJson(device, found, host, state)] : [];
      }),
    })),
  };
}

function nicJson(device: string, port: Port, host: string, state: CloudState): NicJson {
  const held = Object.values(state.nodes[host]?.ports ?? {}).find(
    ({ external_ids }) => external_ids['iface-id'] === port.id,
  );
  return {
    device,
    port: port.name,
    network: port.network,
    mac_address: port.mac_address,
    fixed_ips: port.fixed_ips.map(({ ip_address }) => ip_address),
    ...(held && { tap: held.name }),
    ...(held?.tag !== undefined && { local_vlan: held.tag }),
  };
}

/** One line for each NIC. */
export function serverTable({ servers }: CloudJson, { paint }: Pick<Context, 'paint'>): string {
  const head = ['SERVER', 'HOST', 'NIC', 'NETWORK', 'ADDRESS', 'MAC', 'TAP', 'VLAN'];
  const rows = servers.flatMap(({ name, host, nics }) =>
    nics.map((nic, index) => [
      index === 0 ? name : '',
      index === 0 ? host : '',
      nic.device,
      nic.network,
      nic.fixed_ips.join(' ') || '-',
      nic.mac_address,
      nic.tap ?? '-',
      nic.local_vlan === undefined ? '-' : String(nic.local_vlan),
    ]),
  );
  return table([head.map((cell) => paint('dim', cell)), ...rows]);
}
