/** What a cloud document must be beyond its shape: names here, the rest in check-networks, -subnets and -ports. */
import { checkNetworks } from './check-networks.ts';
import { checkPorts } from './check-ports.ts';
import { checkSubnets } from './check-subnets.ts';
import { named, resolveName } from './checks.ts';
import { oneOf } from './nearest.ts';
import { tunnelNetwork } from './mtu.ts';
import { portNameOf } from './ports.ts';
import type { Report } from './problems.ts';
import type { CloudDocument } from './schema.ts';
import type { Underlay, UnderlayHost } from './topology.ts';

/** Reports every mistake in a document whose shape is right, on an underlay that has none. */
export function checkCloud(document: CloudDocument, underlay: Underlay, report: Report): void {
  checkOptions(document, report);
  checkProjects(document, report);
  checkIds(document, report);
  checkNetworks(document, underlay, report);
  checkSubnets(document, report);
  checkServers(document, underlay, report);
  checkPorts(document, underlay, report);
}

function checkOptions({ options }: CloudDocument, report: Report): void {
  if (options.l2_population || !options.arp_responder) return;
  report(['options', 'l2_population'], 'key', {
    code: 'ND_ARP_RESPONDER',
    message: 'arp_responder (which is on unless said otherwise) needs l2_population, which is off',
    expected: 'both on, or arp_responder off as well',
    hint: 'arp_responder: false',
  });
}

function checkProjects(document: CloudDocument, report: Report): void {
  for (const [kind, thing] of [
    ['networks', 'network'],
    ['ports', 'port'],
    ['servers', 'server'],
  ] as const) {
    for (const [name, { project }] of Object.entries(document[kind])) {
      if (project === undefined) continue;
      resolveName(
        document.projects,
        project,
        'project',
        [kind, name, 'project'],
        `${thing} "${name}"`,
        report,
      );
    }
  }
}

function checkIds(document: CloudDocument, report: Report): void {
  for (const kind of ['projects', 'networks', 'subnets', 'ports', 'servers'] as const) {
    const seen = new Map<string, string>();
    for (const [name, { id }] of Object.entries(document[kind])) {
      if (id === undefined) continue;
      const first = seen.get(id.toLowerCase());
      seen.set(id.toLowerCase(), first ?? name);
      if (first === undefined) continue;
      report([kind, name, 'id'], 'value', {
        code: 'ND_ID_TWICE',
        message: `the id of "${name}" is already that of "${first}"`,
        expected: `${kind} with ids of their own`,
      });
    }
  }
}

function checkServers(document: CloudDocument, underlay: Underlay, report: Report): void {
  const computes = Object.values(underlay.hosts).flatMap(({ role, name }) =>
    role === 'compute' ? [name] : [],
  );
  const holders = new Map<string, string>();
  const hosts = Object.fromEntries(computes.map((name) => [name, underlay.hosts[name]]));
  for (const [name, server] of Object.entries(document.servers)) {
    const path = ['servers', name];
    if (named(underlay.hosts, name) !== undefined) {
      report(path, 'key', {
        code: 'ND_HOST_NAME_CLASH',
        message: `server "${name}" has the name of a host of the underlay`,
        expected: 'another name',
      });
    }
    const declared = named(underlay.hosts, server.host);
    if (declared !== undefined && declared.role !== 'compute') {
      report([...path, 'host'], 'value', {
        code: 'ND_HOST_ROLE',
        message: `server "${name}" is on host "${server.host}", which has the role ${declared.role}`,
        expected: computes.length === 0 ? 'a host with the role compute' : oneOf(computes),
      });
    }
    const host =
      declared ?? resolveName(hosts, server.host, 'host', [...path, 'host'], `server "${name}"`, report);
    for (const [nic, wanted] of server.networks.entries()) {
      const at = [...path, 'networks', nic];
      if (typeof wanted === 'object' && 'port' in wanted) {
        checkHeldPort(document, name, wanted.port, holders, [...at, 'port'], report);
        const network = named(document.ports, wanted.port)?.network;
        if (host?.role === 'compute') checkReach(document, host, network, underlay, name, at, report);
        continue;
      }
      const network = typeof wanted === 'string' ? wanted : wanted.network;
      const networkAt = typeof wanted === 'string' ? at : [...at, 'network'];
      resolveName(document.networks, network, 'network', networkAt, `server "${name}"`, report);
      if (host?.role === 'compute') checkReach(document, host, network, underlay, name, networkAt, report);
      if (named(document.ports, portNameOf(name, nic)) !== undefined) {
        report(at, 'key', {
          code: 'ND_PORT_NAME_CLASH',
          message: `the port made for server "${name}" would be called "${portNameOf(name, nic)}", as a port of the document is`,
          expected: 'another name for that port',
          hint: `- { port: ${portNameOf(name, nic)} }`,
        });
      }
    }
  }
}

function checkHeldPort(
  document: CloudDocument,
  server: string,
  port: string,
  holders: Map<string, string>,
  path: readonly (string | number)[],
  report: Report,
): void {
  if (resolveName(document.ports, port, 'port', path, `server "${server}"`, report) === undefined) return;
  const holder = holders.get(port);
  holders.set(port, holder ?? server);
  if (holder === undefined) return;
  report(path, 'value', {
    code: 'ND_PORT_IN_USE',
    message: `port "${port}" of server "${server}" is already ${holder === server ? 'one of its NICs' : `that of server "${holder}"`}`,
    expected: 'a port for each NIC',
  });
}

/** A host must be cabled to what carries the network. */
function checkReach(
  document: CloudDocument,
  host: UnderlayHost,
  networkName: string | undefined,
  underlay: Underlay,
  server: string,
  path: readonly (string | number)[],
  report: Report,
): void {
  const network = named(document.networks, networkName);
  if (network === undefined) return;
  const type = network['provider:network_type'];
  const physical = network['provider:physical_network'];
  const subject = `server "${server}" on network "${networkName}" (${type})`;
  if (type === 'vxlan' || type === 'gre') {
    if (host.local_ip !== undefined || tunnelNetwork(underlay) === undefined) return;
    report(path, 'value', {
      code: 'ND_HOST_NO_TUNNEL',
      message: `${subject} is on host "${host.name}", which has no interface on the tunnel network`,
      expected: 'a host with a tunnel interface',
    });
    return;
  }
  if (type === 'local' || physical === undefined) return;
  const carrier = Object.values(underlay.networks).find(
    (candidate) => candidate.physical_network === physical,
  );
  if (carrier === undefined || host.interfaces.some(({ networks }) => networks.includes(carrier.name)))
    return;
  report(path, 'value', {
    code: 'ND_HOST_NO_PHYSICAL_NETWORK',
    message: `${subject} is on host "${host.name}", which has no interface on physical network "${physical}"`,
    expected: `a host with an interface on underlay network "${carrier.name}"`,
  });
}
