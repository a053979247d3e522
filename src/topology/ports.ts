/** Ports of a cloud document: those declared, and those that servers' NICs stand for. */
import type { Path } from './problems.ts';
import type { CloudDocument } from './schema.ts';

type Declared = CloudDocument['ports'][string];

export interface DeclaredPort
  extends Pick<Declared, 'id' | 'network' | 'project' | 'mac_address' | 'port_security_enabled'> {
  readonly name: string;
  readonly admin_state_up: boolean;
  /** Undefined: one address of each IP version that the network has a subnet of. */
  readonly fixed_ips: Declared['fixed_ips'];
  readonly server?: string;
  /** Number of the NIC in the server. */
  readonly nic?: number;
  readonly host?: string;
  /** As errors say it. */
  readonly subject: string;
  /** Where the document declares the port, its address and its MAC address. */
  readonly path: Path;
  readonly addressPath: (index: number) => Path;
}

/** Name of the port that is made for a server's NIC. */
export function portNameOf(server: string, nic: number): string {
  return `${server}-eth${nic}`;
}

/** Declared ports first, then those made for servers; both in document order. */
export function declaredPorts(document: CloudDocument): DeclaredPort[] {
  const holders = new Map<string, { server: string; nic: number; host: string }>();
  const made: DeclaredPort[] = [];
  for (const [server, { host, networks, project }] of Object.entries(document.servers)) {
    for (const [nic, declared] of networks.entries()) {
      if (typeof declared === 'object' && 'port' in declared) {
        if (!holders.has(declared.port)) holders.set(declared.port, { server, nic, host });
        continue;
      }
      const { network, fixed_ip, mac_address } =
        typeof declared === 'string'
          ? { network: declared, fixed_ip: undefined, mac_address: undefined }
          : declared;
      const path = ['servers', server, 'networks', nic];
      made.push({
        name: portNameOf(server, nic),
        network,
        project,
        admin_state_up: true,
        mac_address,
        fixed_ips: fixed_ip === undefined ? undefined : [{ ip_address: fixed_ip }],
        server,
        nic,
        host,
        subject: nic === 0 ? `server "${server}"` : `server "${server}" (eth${nic})`,
        path,
        addressPath: () => (fixed_ip === undefined ? path : [...path, 'fixed_ip']),
      });
    }
  }
  const declared = Object.entries(document.ports).map(([name, port]): DeclaredPort => {
    const path = ['ports', name];
    const holder = holders.get(name);
    return {
      ...port,
      project: port.project ?? (holder && document.servers[holder.server]?.project),
      fixed_ips: port.fixed_ips,
      name,
      ...holder,
      subject: `port "${name}"`,
      path,
      addressPath: (index) => (port.fixed_ips === undefined ? path : [...path, 'fixed_ips', index]),
    };
  });
  return [...declared, ...made];
}
