/** Ports that nobody declares: of routers, DHCP, load balancers and floating IPs, as Neutron's plugins make them. */
import { formatAddress, parseAddress, parseNetwork } from '../addresses.ts';
import { named } from '../names.ts';
import type { Path } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { DeviceOwner, Underlay } from '../topology.ts';
import { dhcpHosts, hostOfLoadBalancer, hostsOfRouter, vipPortName } from './agents.ts';
import { centralSnatPortName, fipAgentHosts, fipAgentPortName } from './distributed.ts';
import { haNetworkName, haSubnetName } from './ha-networks.ts';
import type { DeclaredPort } from './ports.ts';
import { isVip } from './vips.ts';

type Router = CloudDocument['routers'][string];

export const interfacePortName = (router: string, subnet: string) => `${router}-${subnet}`;
export const gatewayPortName = (router: string) => `${router}-gateway`;
export const floatingPortName = (floatingIp: string) => `${floatingIp}-floating`;
export const haPortName = (router: string, host: string) => `${router}-ha-${host}`;
const dhcpPortName = (network: string, agent: number) => `dhcp-${network}-${agent}`;

export function interfaceOwner({ distributed, ha }: Router): DeviceOwner {
  if (distributed) return 'network:router_interface_distributed';
  return ha ? 'network:ha_router_replicated_interface' : 'network:router_interface';
}

/** The gateway of a subnet, given or its first address; undefined for one without. */
export function gatewayOf({ cidr, gateway_ip }: CloudDocument['subnets'][string]): string | undefined {
  if (gateway_ip !== undefined) return parseAddress(gateway_ip ?? '') && (gateway_ip ?? undefined);
  const network = parseNetwork(cidr);
  if (network === undefined) return undefined;
  const { version, first, last } = network;
  return formatAddress({ version, value: first === last ? first : first + 1n });
}

type Service = Pick<
  DeclaredPort,
  'name' | 'network' | 'project' | 'fixed_ips' | 'ip_versions' | 'device_owner' | 'owner' | 'host' | 'subject'
> & {
  readonly security_groups?: DeclaredPort['security_groups'];
  readonly path: Path;
  readonly addressPath?: DeclaredPort['addressPath'];
  readonly ipPath?: DeclaredPort['ipPath'];
};

function made({
  security_groups,
  path,
  addressPath = () => path,
  ipPath = addressPath,
  ...rest
}: Service): DeclaredPort {
  return {
    ...rest,
    admin_state_up: true,
    mac_address: undefined,
    security_groups,
    allowed_address_pairs: [],
    path,
    addressPath,
    ipPath,
  };
}

export function portsOfServices(document: CloudDocument, underlay: Underlay): DeclaredPort[] {
  return [
    ...Object.keys(document.networks).flatMap((name) => portsOfFipAgents(name, document, underlay)),
    ...Object.entries(document.routers).flatMap(([name, router]) =>
      portsOfRouter(name, router, document, underlay),
    ),
    ...Object.keys(document.networks).flatMap((name) => portsOfDhcp(name, document, underlay)),
    ...Object.entries(document.loadbalancers).flatMap(([name, balancer]) => {
      const network = named(document.subnets, balancer.vip_subnet)?.network;
      if (network === undefined) return [];
      const path = ['loadbalancers', name];
      const { vip_address, vip_subnet } = balancer;
      return made({
        name: vipPortName(name),
        network,
        project: balancer.project,
        fixed_ips: [
          { subnet: vip_subnet, ...(vip_address === undefined ? {} : { ip_address: vip_address }) },
        ],
        security_groups: balancer.vip_security_groups,
        device_owner: isVip(name, document) ? 'neutron:LOADBALANCER' : 'neutron:LOADBALANCERV2',
        owner: { kind: 'loadbalancer', name },
        host: hostOfLoadBalancer(balancer, document, underlay),
        subject: `load balancer "${name}"`,
        path,
        ipPath: () => [...path, 'vip_address'],
      });
    }),
    ...Object.entries(document.floatingips).map(([name, { floating_network, floating_ip_address }]) => {
      const path = ['floatingips', name];
      return made({
        name: floatingPortName(name),
        network: floating_network,
        project: undefined,
        fixed_ips: floating_ip_address === undefined ? undefined : [{ ip_address: floating_ip_address }],
        ip_versions: [4],
        device_owner: 'network:floatingip',
        owner: { kind: 'floatingip', name },
        subject: `floating IP "${name}"`,
        path,
        ipPath: () => [...path, 'floating_ip_address'],
      });
    }),
  ];
}

function portsOfRouter(
  name: string,
  router: Router,
  document: CloudDocument,
  underlay: Underlay,
): DeclaredPort[] {
  const [host] = hostsOfRouter(router, document, underlay);
  const owner = { kind: 'router', name } as const;
  const seen = new Set<string>();
  const inside = [...router.interfaces.entries()].flatMap(([index, declared]): DeclaredPort[] => {
    if (typeof declared === 'object' && 'port' in declared) return [];
    const subnetName = typeof declared === 'string' ? declared : declared.subnet;
    const subnet = named(document.subnets, subnetName);
    const gateway = subnet && gatewayOf(subnet);
    // A subnet that is named twice is a problem of its own, not one of port names and addresses.
    if (subnet === undefined || gateway === undefined || seen.has(subnetName)) return [];
    seen.add(subnetName);
    return [
      made({
        name: interfacePortName(name, subnetName),
        network: subnet.network,
        project: router.project,
        fixed_ips: [{ subnet: subnetName, ip_address: gateway }],
        device_owner: interfaceOwner(router),
        owner,
        // A distributed one is on every host that needs it.
        host: router.distributed ? undefined : host,
        subject: `router "${name}"`,
        path: ['routers', name, 'interfaces', index],
      }),
    ];
  });
  // A host that is named twice is a problem of its own.
  const hosts = [...new Set(hostsOfRouter(router, document, underlay))];
  const replicas = router.ha ? portsOfHa(name, router, hosts) : [];
  const outside = router.external_gateway_info;
  if (!outside) return [...inside, ...replicas];
  const central = router.distributed ? portsOfCentralSnat(name, router, document, host) : [];
  const path = ['routers', name, 'external_gateway_info'];
  const addressPath = (index: number) =>
    outside.external_fixed_ips === undefined ? path : [...path, 'external_fixed_ips', index];
  return [
    ...inside,
    made({
      name: gatewayPortName(name),
      network: outside.network,
      project: undefined,
      fixed_ips: outside.external_fixed_ips,
      device_owner: 'network:router_gateway',
      owner,
      host,
      subject: `the gateway of router "${name}"`,
      path,
      addressPath,
      ipPath: (index) => [...addressPath(index), 'ip_address'],
    }),
    ...central,
    ...replicas,
  ];
}

/** Subnets that a router joins, by name, each once. */
export function subnetsOfInterfaces(
  interfaces: Router['interfaces'],
  document: Pick<CloudDocument, 'ports' | 'subnets'>,
): string[] {
  const names = interfaces.flatMap((declared): string[] => {
    if (typeof declared === 'string') return [declared];
    if (!('port' in declared)) return [declared.subnet];
    return (named(document.ports, declared.port)?.fixed_ips ?? []).flatMap(({ subnet }) => subnet ?? []);
  });
  return [...new Set(names)].filter((name) => named(document.subnets, name) !== undefined);
}

/** The ports of the snat- namespace inside, one a subnet (_create_snat_intf_ports_if_not_exists of l3_dvr_db.py). */
function portsOfCentralSnat(
  name: string,
  router: Router,
  document: CloudDocument,
  host: string | undefined,
): DeclaredPort[] {
  return subnetsOfInterfaces(router.interfaces, document).map((subnet) =>
    made({
      name: centralSnatPortName(name, subnet),
      network: named(document.subnets, subnet)?.network ?? '',
      project: undefined,
      fixed_ips: [{ subnet }],
      device_owner: 'network:router_centralized_snat',
      owner: { kind: 'router', name },
      host,
      subject: `the central port of router "${name}" on subnet "${subnet}"`,
      path: ['routers', name],
    }),
  );
}

/** The ports by which hosts with distributed routers are on an external network. */
function portsOfFipAgents(network: string, document: CloudDocument, underlay: Underlay): DeclaredPort[] {
  return fipAgentHosts(network, document, underlay).map((host) =>
    made({
      name: fipAgentPortName(network, host),
      network,
      project: undefined,
      fixed_ips: undefined,
      ip_versions: [4],
      device_owner: 'network:floatingip_agent_gateway',
      owner: { kind: 'host', name: host },
      host,
      subject: `the floating IP agent of host "${host}"`,
      path: ['networks', network],
    }),
  );
}

/** The ports by which the router's hosts hear of each other (add_ha_port of l3_hamode_db.py). */
function portsOfHa(name: string, router: Router, hosts: readonly string[]): DeclaredPort[] {
  const network = haNetworkName(router);
  return hosts.map((host) =>
    made({
      name: haPortName(name, host),
      network,
      project: undefined,
      fixed_ips: [{ subnet: haSubnetName(network) }],
      device_owner: 'network:router_ha_interface',
      owner: { kind: 'router', name },
      host,
      subject: `ha of router "${name}"`,
      path: ['routers', name],
    }),
  );
}

/** One port for each agent, with an address in each subnet that has DHCP. */
function portsOfDhcp(network: string, document: CloudDocument, underlay: Underlay): DeclaredPort[] {
  const subnets = Object.entries(document.subnets).filter(
    ([, subnet]) => subnet.network === network && subnet.enable_dhcp,
  );
  if (subnets.length === 0) return [];
  return dhcpHosts(network, document, underlay).map((host, index) =>
    made({
      name: dhcpPortName(network, index + 1),
      network,
      project: named(document.networks, network)?.project,
      fixed_ips: subnets.map(([subnet]) => ({ subnet })),
      device_owner: 'network:dhcp',
      owner: { kind: 'network', name: network },
      host,
      subject: `DHCP of network "${network}"`,
      path: ['networks', network],
    }),
  );
}
