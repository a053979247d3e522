/** Ports of a cloud document: those declared, and those that servers' NICs stand for. */

import type { IpVersion } from '../addresses.ts';
import { named } from '../names.ts';
import type { Path } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { DeviceOwner, PortOwner, Underlay } from '../topology.ts';
import { hostsOfRouter } from './agents.ts';
import { interfaceOwner, portsOfServices } from './ports-of-services.ts';

type Declared = CloudDocument['ports'][string];

export interface DeclaredPort
  extends Pick<
    Declared,
    'id' | 'network' | 'project' | 'mac_address' | 'port_security_enabled' | 'qos_policy'
  > {
  readonly name: string;
  readonly admin_state_up: boolean;
  /** Undefined: one address of each IP version that the network has a subnet of. */
  readonly fixed_ips: Declared['fixed_ips'];
  /** IP versions of the addresses that it gets where it says nothing; both unless given. */
  readonly ip_versions?: readonly IpVersion[];
  readonly security_groups: Declared['security_groups'];
  readonly allowed_address_pairs: Declared['allowed_address_pairs'];
  readonly device_owner: DeviceOwner;
  readonly owner?: PortOwner;
  readonly server?: string;
  /** Number of the NIC in the server. */
  readonly nic?: number;
  readonly host?: string | undefined;
  /** As errors say it. */
  readonly subject: string;
  /** Where the document declares the port, its entries in fixed_ips, and the address in such an entry. */
  readonly path: Path;
  readonly addressPath: (index: number) => Path;
  readonly ipPath: (index: number) => Path;
}

/** What holds a declared port. */
type Holder = Pick<DeclaredPort, 'device_owner' | 'owner' | 'server' | 'nic' | 'host'>;

/** Name of the port that is made for a server's NIC. */
export function portNameOf(server: string, nic: number): string {
  return `${server}-eth${nic}`;
}

/** Declared ports first, then those made for servers, then those of services; each in document order. */
export function declaredPorts(document: CloudDocument, underlay: Underlay): DeclaredPort[] {
  const holders = holdersOf(document, underlay);
  const declared = Object.entries(document.ports).map(([name, port]): DeclaredPort => {
    const path = ['ports', name];
    const holder = holders.get(name) ?? { device_owner: '' };
    const addressPath = (index: number) =>
      port.fixed_ips === undefined ? path : [...path, 'fixed_ips', index];
    return {
      ...port,
      project: port.project ?? named(document.servers, holder.server)?.project,
      fixed_ips: port.fixed_ips,
      security_groups: port.security_groups,
      name,
      ...holder,
      subject: `port "${name}"`,
      path,
      addressPath,
      ipPath: (index) => [...addressPath(index), 'ip_address'],
    };
  });
  return [...declared, ...portsOfServers(document), ...portsOfServices(document, underlay)];
}

/** Who holds which of the declared ports; of several the first. */
function holdersOf(document: CloudDocument, underlay: Underlay): ReadonlyMap<string, Holder> {
  const holders = new Map<string, Holder>();
  const hold = (port: string, holder: Holder) => {
    if (!holders.has(port)) holders.set(port, holder);
  };
  for (const [server, { host, networks }] of Object.entries(document.servers)) {
    for (const [nic, declared] of networks.entries()) {
      const port =
        typeof declared === 'object' && 'port' in declared ? declared.port : portNameOf(server, nic);
      hold(port, { device_owner: 'compute:nova', server, nic, host });
    }
  }
  for (const [name, router] of Object.entries(document.routers)) {
    for (const declared of router.interfaces) {
      if (typeof declared !== 'object' || !('port' in declared)) continue;
      const [host] = hostsOfRouter(router, document, underlay);
      hold(declared.port, {
        device_owner: interfaceOwner(router),
        owner: { kind: 'router', name },
        host: router.distributed ? undefined : host,
      });
    }
  }
  for (const [name, { port: parent, sub_ports }] of Object.entries(document.trunks)) {
    for (const { port } of sub_ports) {
      hold(port, {
        device_owner: 'trunk:subport',
        owner: { kind: 'trunk', name },
        host: holders.get(parent)?.host,
      });
    }
  }
  return holders;
}

function portsOfServers(document: CloudDocument): DeclaredPort[] {
  return Object.entries(document.servers).flatMap(([server, { host, networks, project, security_groups }]) =>
    [...networks.entries()].flatMap(([nic, declared]): DeclaredPort[] => {
      if (typeof declared === 'object' && 'port' in declared) return [];
      const { network, fixed_ip, mac_address } =
        typeof declared === 'string'
          ? { network: declared, fixed_ip: undefined, mac_address: undefined }
          : declared;
      const path = ['servers', server, 'networks', nic];
      const addressPath = () => (fixed_ip === undefined ? path : [...path, 'fixed_ip']);
      return [
        {
          name: portNameOf(server, nic),
          network,
          project,
          admin_state_up: true,
          mac_address,
          fixed_ips: fixed_ip === undefined ? undefined : [{ ip_address: fixed_ip }],
          security_groups,
          allowed_address_pairs: [],
          device_owner: 'compute:nova',
          server,
          nic,
          host,
          subject: nic === 0 ? `server "${server}"` : `server "${server}" (eth${nic})`,
          path,
          addressPath,
          ipPath: addressPath,
        },
      ];
    }),
  );
}
