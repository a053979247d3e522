/** Floating IPs: the port and address that each stands for, and the router that translates. */
import { canonicalAddress } from '../addresses.ts';
import { floatingPortName } from '../declared/ports-of-services.ts';
import { oneOf } from '../nearest.ts';
import type { Path } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { FloatingIp, Port, PortForwarding, Router, Server } from '../topology.ts';
import { mapRecord, optional, type Resolving } from './resolving.ts';

type Declared = CloudDocument['floatingips'][string];

/** Where a floating IP leads. */
interface Target {
  readonly port: string;
  readonly fixed_ip_address: string;
  readonly router: string;
}

interface Wanted {
  readonly port: string | undefined;
  readonly server: string | undefined;
  readonly address: string | undefined;
  /** As errors say it. */
  readonly subject: string;
  readonly path: Path;
  /** Of the attribute that says which address. */
  readonly addressKey: 'fixed_ip_address' | 'internal_ip_address';
  readonly network: string;
  readonly project: string | undefined;
}

type Cloud = Resolving & {
  readonly routers: Readonly<Record<string, Router>>;
  readonly servers: Readonly<Record<string, Server>>;
};

export function resolveFloatingIps(cloud: Cloud): Record<string, FloatingIp> {
  const { document, ports, idOf } = cloud;
  const floatingips = mapRecord(document.floatingips, (name, declared): FloatingIp => {
    const { project, floating_network, port, server, fixed_ip_address } = declared;
    const floating_port = floatingPortName(name);
    const target =
      port === undefined && server === undefined
        ? undefined
        : findTarget(
            {
              port,
              server,
              address: fixed_ip_address,
              subject: `floating IP "${name}"`,
              path: ['floatingips', name],
              addressKey: 'fixed_ip_address',
              network: floating_network,
              project,
            },
            cloud,
          );
    const { port_forwardings, router } = resolveForwardings(name, declared, cloud);
    return {
      id: idOf('floatingip', name, declared.id),
      name,
      ...optional('project', project),
      floating_network,
      floating_ip_address: ports[floating_port]?.fixed_ips[0]?.ip_address ?? '',
      floating_port,
      ...(target ?? optional('router', router)),
      port_forwardings,
    };
  });
  checkFixedIpsOnce(floatingips, cloud);
  return floatingips;
}

function resolveForwardings(
  name: string,
  { project, floating_network, port_forwardings }: Declared,
  cloud: Cloud,
): { port_forwardings: PortForwarding[]; router: string | undefined } {
  let router: string | undefined;
  const inside = new Set<string>();
  const resolved = port_forwardings.flatMap((declared, index): PortForwarding[] => {
    const path = ['floatingips', name, 'port_forwardings', index];
    const subject = `a port forwarding of floating IP "${name}"`;
    const target = findTarget(
      {
        port: declared.internal_port_name,
        server: declared.server,
        address: declared.internal_ip_address,
        subject,
        path,
        addressKey: 'internal_ip_address',
        network: floating_network,
        project,
      },
      cloud,
    );
    if (target === undefined) return [];
    router ??= target.router;
    if (router !== target.router) {
      cloud.report(path, 'key', {
        code: 'ND_PORT_FORWARDING_ROUTER',
        message: `${subject} leads by router "${target.router}", and the one before it by router "${router}"`,
        expected: 'ports behind one router',
      });
    }
    const { protocol, external_port, internal_port } = declared;
    const key = `${target.fixed_ip_address} ${internal_port} ${protocol}`;
    if (inside.has(key)) {
      cloud.report([...path, 'internal_port'], 'value', {
        code: 'ND_PORT_FORWARDING_TWICE',
        message: `${subject} leads to ${protocol} port ${internal_port} of ${target.fixed_ip_address}, as another one does`,
        expected: 'each internal port once',
      });
    }
    inside.add(key);
    return [
      {
        id: cloud.idOf('port_forwarding', `${name}/${protocol}/${external_port}`),
        protocol,
        external_port,
        internal_port,
        internal_port_name: target.port,
        internal_ip_address: target.fixed_ip_address,
      },
    ];
  });
  return { port_forwardings: resolved, router };
}

/** Neutron's get_assoc_data: an IPv4 address of the port, and a router from its subnet to the external network. */
function findTarget(wanted: Wanted, cloud: Cloud): Target | undefined {
  const { port: portName, server, address, subject, path, addressKey, network } = wanted;
  const { ports, servers, report } = cloud;
  const names = portName === undefined ? servers[server ?? '']?.nics.map(({ port }) => port) : [portName];
  const candidates = (names ?? []).flatMap((name) => ports[name] ?? []);
  const holder = portName === undefined ? `server "${server}"` : `port "${portName}"`;
  const at = [...path, portName !== undefined ? portKey(addressKey) : 'server'];
  const addresses = candidates.flatMap((port) =>
    ipv4Of(port).map(({ ip_address, subnet }) => ({ port, ip_address, subnet })),
  );
  if (addresses.length === 0) {
    report(at, 'value', {
      code: 'ND_FLOATING_IP_ADDRESS',
      message: `${subject} leads to ${holder}, which has no IPv4 address`,
      expected: 'a port with an IPv4 address',
    });
    return undefined;
  }
  const meant =
    address === undefined
      ? addresses
      : addresses.filter((each) => each.ip_address === canonicalAddress(address));
  if (meant.length === 0) {
    report([...path, addressKey], 'value', {
      code: 'ND_FLOATING_IP_ADDRESS',
      message: `${subject} leads to ${address}, which is no address of ${holder}`,
      expected: oneOf(addresses.map(({ ip_address }) => ip_address)),
    });
    return undefined;
  }
  // Of a server the first NIC that can be reached; of a port the only address there is.
  const reached = meant.flatMap((each) => {
    const router = routerBetween(each.subnet, network, cloud);
    return router === undefined ? [] : [{ ...each, router }];
  });
  const [best] = reached;
  if (best === undefined) {
    const subnets = [...new Set(meant.map(({ subnet }) => `"${subnet}"`))].join(', ');
    report(at, 'value', {
      code: 'ND_FLOATING_IP_UNREACHABLE',
      message: `${subject} on network "${network}" leads to ${holder}, and no router joins subnet ${subnets} to that network`,
      expected: `a router with an interface on the subnet and external_gateway_info.network: ${network}`,
    });
    return undefined;
  }
  const several = meant.filter(({ port }) => port === best.port);
  if (address === undefined && several.length > 1) {
    report(at, 'value', {
      code: 'ND_FLOATING_IP_ADDRESS',
      message: `${subject} leads to port "${best.port.name}", which has ${several.length} IPv4 addresses`,
      expected: `${addressKey}: ${oneOf(several.map(({ ip_address }) => ip_address))}`,
    });
  }
  const { project } = best.port;
  if (wanted.project !== undefined && project !== undefined && wanted.project !== project) {
    report(at, 'value', {
      code: 'ND_FLOATING_IP_PROJECT',
      message: `${subject} is of project "${wanted.project}", and port "${best.port.name}" of project "${project}"`,
      expected: `a port of project "${wanted.project}"`,
    });
  }
  return { port: best.port.name, fixed_ip_address: best.ip_address, router: best.router };
}

const portKey = (addressKey: Wanted['addressKey']) =>
  addressKey === 'fixed_ip_address' ? 'port' : 'internal_port_name';

const ipv4Of = ({ fixed_ips }: Port) => fixed_ips.filter(({ ip_address }) => !ip_address.includes(':'));

/** The router by the subnet's gateway_ip where there is one, else the first (_get_router_for_floatingip of Neutron). */
function routerBetween(subnet: string, network: string, { routers, subnets }: Cloud): string | undefined {
  const joining = Object.values(routers).flatMap(({ name, interfaces, external_gateway_info }) => {
    if (external_gateway_info?.network !== network) return [];
    const own = interfaces.flatMap(({ fixed_ips }) => fixed_ips).find((each) => each.subnet === subnet);
    return own === undefined ? [] : [{ name, ip_address: own.ip_address }];
  });
  const gateway = subnets[subnet]?.gateway_ip;
  return (joining.find(({ ip_address }) => ip_address === gateway) ?? joining[0])?.name;
}

/** A fixed IP has one floating IP of each external network, and then nothing is forwarded to its port. */
function checkFixedIpsOnce(floatingips: Record<string, FloatingIp>, { report }: Cloud): void {
  const first = new Map<string, string>();
  const ports = new Map<string, string>();
  for (const { name, port, fixed_ip_address, floating_network } of Object.values(floatingips)) {
    if (port === undefined) continue;
    const key = `${port} ${fixed_ip_address} ${floating_network}`;
    const earlier = first.get(key);
    first.set(key, earlier ?? name);
    ports.set(port, name);
    if (earlier === undefined) continue;
    report(['floatingips', name], 'key', {
      code: 'ND_FLOATING_IP_TWICE',
      message: `floating IP "${name}" leads to ${fixed_ip_address} of port "${port}", as floating IP "${earlier}" of network "${floating_network}" does`,
      expected: 'one floating IP of a network for each fixed IP',
    });
  }
  for (const { name, port_forwardings } of Object.values(floatingips)) {
    for (const [index, { internal_port_name }] of port_forwardings.entries()) {
      const holder = ports.get(internal_port_name);
      if (holder === undefined) continue;
      report(['floatingips', name, 'port_forwardings', index], 'key', {
        code: 'ND_FLOATING_IP_TWICE',
        message: `a port forwarding of floating IP "${name}" leads to port "${internal_port_name}", which has floating IP "${holder}" for itself`,
        expected: 'port forwardings to ports without a floating IP',
      });
    }
  }
}
