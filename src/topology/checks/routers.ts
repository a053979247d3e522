/** Routers of a cloud document: their names, hosts and gateways. What depends on addresses is in resolve-routers.ts. */

import { canonicalNetwork } from '../addresses.ts';
import { hostsOfRouter, networksOfRouter } from '../declared/agents.ts';
import { gatewayOf } from '../declared/ports-of-services.ts';
import { oneOf } from '../nearest.ts';
import type { Path, Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Underlay } from '../topology.ts';
import { checkAgentExists, checkAgentHost, checkReach } from './reach.ts';
import { resolveName } from '../names.ts';
import { checkNetworkAddress } from './network-address.ts';

type Declared = CloudDocument['routers'][string];

export function checkRouters(document: CloudDocument, underlay: Underlay, report: Report): void {
  for (const [name, router] of Object.entries(document.routers)) {
    checkHosts(name, router, document, underlay, report);
    const gateway = router.external_gateway_info;
    if (gateway) {
      const path = ['routers', name, 'external_gateway_info', 'network'];
      checkExternal(document, gateway.network, path, `the gateway of router "${name}"`, report);
    }
    checkInterfaces(name, router, document, report);
    checkRoutes(name, router, report);
  }
}

/** An existing network that is a way out; false after a problem was reported. */
export function checkExternal(
  document: CloudDocument,
  name: string,
  path: Path,
  subject: string,
  report: Report,
): boolean {
  const network = resolveName(document.networks, name, 'network', path, subject, report);
  if (network === undefined) return false;
  if (network['router:external']) return true;
  const external = Object.entries(document.networks).flatMap(([each, declared]) =>
    declared['router:external'] ? [each] : [],
  );
  report(path, 'value', {
    code: 'ND_NETWORK_NOT_EXTERNAL',
    message: `${subject} is on network "${name}", which is not external`,
    expected: external.length === 0 ? 'a network with router:external: true' : oneOf(external),
    hint: external.length === 0 ? `router:external: true on network "${name}"` : undefined,
  });
  return false;
}

function checkHosts(
  name: string,
  router: Declared,
  document: CloudDocument,
  underlay: Underlay,
  report: Report,
): void {
  const subject = `router "${name}"`;
  const path = ['routers', name];
  if (router.hosts === undefined && !checkAgentExists(underlay, subject, path, report)) return;
  const seen = new Set<string>();
  for (const [index, host] of hostsOfRouter(router, document, underlay).entries()) {
    const at = router.hosts === undefined ? path : [...path, 'hosts', index];
    if (router.hosts !== undefined) checkAgentHost(host, underlay, { subject, path: at }, report);
    for (const network of networksOfRouter(router, document)) {
      checkReach(document, { host, network }, underlay, { subject, path: at }, report);
    }
    if (seen.has(host)) {
      report(at, 'value', {
        code: 'ND_ROUTER_HOSTS',
        message: `${subject} is on host "${host}" twice`,
        expected: 'each host once',
      });
    } else if (index > 0 && !router.ha) {
      report(at, 'value', {
        code: 'ND_ROUTER_HOSTS',
        message: `${subject} is on more than one host and has no ha`,
        expected: 'one host, or ha: true',
      });
    }
    seen.add(host);
  }
}

function checkInterfaces(name: string, router: Declared, document: CloudDocument, report: Report): void {
  const seen = new Set<string>();
  for (const [index, declared] of router.interfaces.entries()) {
    // Ports are looked up with those of servers and trunks, in check-held-ports.ts.
    if (typeof declared === 'object' && 'port' in declared) continue;
    const path = ['routers', name, 'interfaces', index];
    const [subnetName, at] =
      typeof declared === 'string' ? [declared, path] : [declared.subnet, [...path, 'subnet']];
    const subnet = resolveName(document.subnets, subnetName, 'subnet', at, `router "${name}"`, report);
    if (subnet === undefined) continue;
    if (seen.has(subnetName)) {
      report(at, 'value', {
        code: 'ND_ROUTER_OVERLAP',
        message: `router "${name}" is on subnet "${subnetName}" already`,
        expected: 'each subnet once',
      });
    } else if (gatewayOf(subnet) === undefined) {
      report(at, 'value', {
        code: 'ND_GATEWAY_MISSING',
        message: `subnet "${subnetName}" of router "${name}" has no gateway_ip that the router could have`,
        expected: 'a subnet with a gateway_ip, or a port: { port: … }',
      });
    } else if (subnet.ipv6_address_mode !== undefined && subnet.ipv6_ra_mode === undefined) {
      // _validate_subnet_address_mode of Neutron's l3_db.py.
      report(at, 'value', {
        code: 'ND_IPV6_MODE',
        message: `subnet "${subnetName}" of router "${name}" leaves advertisements to a router outside: it has an ipv6_address_mode and no ipv6_ra_mode`,
        expected: `a subnet with ipv6_ra_mode: ${subnet.ipv6_address_mode}`,
      });
    }
    seen.add(subnetName);
  }
}

function checkRoutes(name: string, { routes }: Declared, report: Report): void {
  const seen = new Set<string>();
  for (const [index, { destination, nexthop }] of routes.entries()) {
    const path = ['routers', name, 'routes', index];
    checkNetworkAddress(destination, [...path, 'destination'], `a route of router "${name}"`, report);
    const key = `${canonicalNetwork(destination)} ${nexthop}`;
    if (seen.has(key)) {
      report(path, 'value', {
        code: 'ND_ROUTE_TWICE',
        message: `router "${name}" has the route to ${destination} by way of ${nexthop} already`,
        expected: 'each route once',
      });
    }
    seen.add(key);
    if (destination.includes(':') !== nexthop.includes(':')) {
      report([...path, 'nexthop'], 'value', {
        code: 'ND_NEXTHOP',
        message: `the next hop ${nexthop} of router "${name}" and its destination ${destination} are of two IP versions`,
        expected: `an IPv${destination.includes(':') ? 6 : 4} address`,
      });
    }
  }
}
