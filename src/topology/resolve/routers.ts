/** Routers with their ports; what Neutron refuses about their addresses is found here. */
import {
  canonicalAddress,
  canonicalNetwork,
  contains,
  overlappingPairs,
  parseAddress,
  parseNetwork,
} from '../addresses.ts';
import { hostsOfRouter } from '../declared/agents.ts';
import { centralSnatPortName, distributedHosts } from '../declared/distributed.ts';
import { haNetworkName } from '../declared/ha-networks.ts';
import {
  gatewayPortName,
  haPortName,
  interfacePortName,
  subnetsOfInterfaces,
} from '../declared/ports-of-services.ts';
import { oneOf } from '../nearest.ts';
import type { Path } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { ExternalGatewayInfo, Router, RouterInterface, RouterVrrp, Subnet } from '../topology.ts';
import { type PairNumbers, pairsOf } from './link-local-pairs.ts';
import { mapRecord, optional, type Resolving } from './resolving.ts';
import type { VrIds } from './virtual-router-ids.ts';

type Declared = CloudDocument['routers'][string];

export function resolveRouters(
  resolving: Resolving,
  vrIds: VrIds,
  pairs: PairNumbers,
): Record<string, Router> {
  const { document, underlay, idOf } = resolving;
  return mapRecord(document.routers, (name, declared): Router => {
    const hosts = hostsOfRouter(declared, document, underlay);
    const ha_vr_id = vrIds[name];
    const router: Router = {
      id: idOf('router', name, declared.id),
      name,
      ...optional('project', declared.project),
      admin_state_up: declared.admin_state_up,
      external_gateway_info: gatewayInfo(name, declared, resolving),
      routes: declared.routes.map(({ destination, nexthop }) => ({
        destination: canonicalNetwork(destination),
        nexthop: canonicalAddress(nexthop),
      })),
      distributed: declared.distributed,
      ha: declared.ha,
      interfaces: declared.interfaces.map((each) => interfaceOf(name, each, resolving)),
      hosts,
      ...optional(
        'distributed_hosts',
        declared.distributed ? distributedHosts(declared, document, underlay) : undefined,
      ),
      ...optional('link_local_pairs', pairsOf(name, pairs, document.options)),
      ...optional('snat_ports', snatPorts(name, declared, resolving)),
      ...optional('vrrp', ha_vr_id === undefined ? undefined : vrrpOf(name, declared, hosts, ha_vr_id)),
    };
    checkInterfaces(router, resolving);
    checkOverlap(router, resolving);
    checkRoutes(router, resolving);
    return router;
  });
}

const vrrpOf = (
  name: string,
  declared: Declared,
  hosts: readonly string[],
  ha_vr_id: number,
): RouterVrrp => ({
  ha_vr_id,
  network: haNetworkName(declared),
  ports: hosts.map((host) => ({ host, port: haPortName(name, host) })),
});

/** One for each subnet inside, where the router has a way out (CSNAT ports of l3_dvr_db.py). */
function snatPorts(
  router: string,
  { distributed, external_gateway_info, interfaces }: Declared,
  { ports, document }: Resolving,
): RouterInterface[] | undefined {
  if (!distributed || !external_gateway_info) return undefined;
  return subnetsOfInterfaces(interfaces, document).flatMap((subnet): RouterInterface[] => {
    const port = ports[centralSnatPortName(router, subnet)];
    return port === undefined ? [] : [{ port: port.name, network: port.network, fixed_ips: port.fixed_ips }];
  });
}

function gatewayInfo(
  router: string,
  { external_gateway_info }: Declared,
  { ports }: Resolving,
): ExternalGatewayInfo | null {
  if (!external_gateway_info) return null;
  const { network, enable_snat } = external_gateway_info;
  const port = gatewayPortName(router);
  return { network, enable_snat, external_fixed_ips: ports[port]?.fixed_ips ?? [], port };
}

function interfaceOf(
  router: string,
  declared: Declared['interfaces'][number],
  { ports }: Resolving,
): RouterInterface {
  const port =
    typeof declared === 'object' && 'port' in declared
      ? declared.port
      : interfacePortName(router, typeof declared === 'string' ? declared : declared.subnet);
  const { network = '', fixed_ips = [] } = ports[port] ?? {};
  return { port, network, fixed_ips };
}

/** A port of a router has an address, and of IPv4 no more than one (_validate_router_port_info of Neutron). */
function checkInterfaces({ name, interfaces }: Router, { report }: Resolving): void {
  for (const [index, { port, fixed_ips }] of interfaces.entries()) {
    const ipv4 = fixed_ips.filter(({ ip_address }) => !ip_address.includes(':'));
    if (fixed_ips.length > 0 && ipv4.length <= 1) continue;
    report(['routers', name, 'interfaces', index], 'value', {
      code: 'ND_ROUTER_PORT_ADDRESSES',
      message: `port "${port}" of router "${name}" has ${ipv4.length === 0 ? 'no address' : `${ipv4.length} IPv4 addresses`}`,
      expected: 'a port with one IPv4 address, with IPv6 addresses, or with both',
    });
  }
}

interface Connected {
  readonly subnet: Subnet;
  readonly how: string;
  readonly path: Path;
}

/** Subnets that a router is connected to: those of its ports, and all of the network that it leaves by. */
function connectedTo(router: Router, { subnets }: Resolving): Connected[] {
  const path = ['routers', router.name];
  const inside = router.interfaces.flatMap(({ fixed_ips }, index) =>
    [...new Set(fixed_ips.map(({ subnet }) => subnet))].flatMap((name): Connected[] => {
      const subnet = subnets[name];
      if (subnet === undefined) return [];
      return [{ subnet, how: `subnet "${name}" (${subnet.cidr})`, path: [...path, 'interfaces', index] }];
    }),
  );
  const gateway = router.external_gateway_info;
  const outside = Object.values(subnets)
    .filter(({ network }) => network === gateway?.network)
    .map((subnet): Connected => {
      const how = `subnet "${subnet.name}" (${subnet.cidr}) of its external network`;
      return { subnet, how, path: [...path, 'external_gateway_info', 'network'] };
    });
  return [...inside, ...outside];
}

/** Neutron's _check_for_dup_router_subnets. */
function checkOverlap(router: Router, resolving: Resolving): void {
  for (const [first, second] of overlappingPairs(connectedTo(router, resolving), ({ subnet }) =>
    parseNetwork(subnet.cidr),
  )) {
    resolving.report(second.path, 'value', {
      code: 'ND_ROUTER_OVERLAP',
      message:
        first.subnet === second.subnet
          ? `router "${router.name}" is on ${second.how} already`
          : `router "${router.name}" joins ${first.how} and ${second.how}, which overlap`,
      expected: 'subnets of one router apart from each other',
    });
  }
}

/** Neutron's _validate_routes_nexthop. */
function checkRoutes(router: Router, resolving: Resolving): void {
  const ports = [
    ...router.interfaces,
    ...(router.external_gateway_info ? [router.external_gateway_info] : []),
  ];
  const own = ports.flatMap((port) => ('fixed_ips' in port ? port.fixed_ips : port.external_fixed_ips));
  const cidrs = [...new Set(own.flatMap(({ subnet }) => resolving.subnets[subnet]?.cidr ?? []))];
  for (const [index, { nexthop }] of router.routes.entries()) {
    const path = ['routers', router.name, 'routes', index, 'nexthop'];
    const address = parseAddress(nexthop);
    const connected = cidrs.some((cidr) => {
      const range = parseNetwork(cidr);
      return range !== undefined && address !== undefined && contains(range, address);
    });
    if (!connected) {
      resolving.report(path, 'value', {
        code: 'ND_NEXTHOP',
        message: `the next hop ${nexthop} of router "${router.name}" is on no subnet that it is connected to`,
        expected:
          cidrs.length === 0 ? 'an interface or a gateway on its subnet' : `an address in ${oneOf(cidrs)}`,
      });
    } else if (own.some(({ ip_address }) => ip_address === nexthop)) {
      resolving.report(path, 'value', {
        code: 'ND_NEXTHOP',
        message: `the next hop ${nexthop} of router "${router.name}" is its own address`,
        expected: 'the address of somebody else',
      });
    }
  }
}
