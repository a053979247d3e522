/** Load balancers on their hosts: the namespace of each, and the process in it. */
import type { LoadBalancer, Topology } from '../../../topology/topology.ts';
import type { AgentHost, ServicePort } from '../bindings.ts';
import type { NamespaceBuilder, NodeBuilder } from '../node.ts';
import { sysctlsOf } from '../sysctls.ts';
import { activeListeners, configPath, haproxyConfig, masterSocket } from './haproxy.ts';

/** `deployable` of the haproxy namespace driver: it is up, and something listens. */
export const isDeployed = (balancer: LoadBalancer): boolean =>
  balancer.admin_state_up && activeListeners(balancer).length > 0;

/**
 * Those that the host holds. Their devices are plugged like those of all services; as with every port of the agents,
 * the VIP's security groups are not applied (the device is no tap of a guest, and LBaaS had none on it either).
 *
 * The driver unplugs the device of one that is not deployed. Here it stays, without an address: nobody answers there
 * in either case.
 */
export const loadBalancers = (node: NodeBuilder, topology: Topology, here: AgentHost): void => {
  for (const bound of here.ports) {
    const { owner } = bound.port;
    if (bound.holder !== 'service' || owner?.kind !== 'loadbalancer') continue;
    const balancer = topology.loadbalancers[owner.name];
    if (balancer !== undefined) loadBalancer(node, topology, bound, balancer);
  }
};

const loadBalancer = (
  node: NodeBuilder,
  topology: Topology,
  bound: ServicePort,
  balancer: LoadBalancer,
): void => {
  const namespace = node.namespace(bound.namespace);
  namespace.link({ device: 'lo', up: true });
  const deployed = isDeployed(balancer);
  if (deployed) addresses(namespace, topology, bound);
  namespace.sysctls(sysctlsOf({ forward: false, ipv6: namespace.hasAddress(6) }));
  if (deployed) haproxy(node, bound.namespace, balancer);
};

/** _plug of the driver. A default among the host routes counts only where there is no gateway. */
const addresses = (namespace: NamespaceBuilder, topology: Topology, { port, tap }: ServicePort): void => {
  for (const { subnet: name, ip_address } of port.fixed_ips) {
    const subnet = topology.subnets[name];
    if (subnet === undefined) continue;
    namespace.address(tap, `${ip_address}/${subnet.cidr.split('/')[1] ?? ''}`);
    const everything = subnet.ip_version === 6 ? '::/0' : '0.0.0.0/0';
    const { gateway_ip } = subnet;
    if (gateway_ip !== null && gateway_ip !== ip_address) {
      namespace.route({ destination: everything, via: gateway_ip, device: tap });
    }
    for (const { destination, nexthop } of subnet.host_routes) {
      if (nexthop !== ip_address) namespace.route({ destination, via: nexthop, device: tap });
    }
  }
};

/**
 * In master-worker mode (`-W`), in which a SIGHUP makes the master start a worker with the new configuration and hand
 * the listening sockets on. The old worker ends with its last connection, as with the driver's `-sf`. The master answers
 * only when it is ready for the next signal (before, it would get lost); it passes on what the worker says of itself.
 */
const haproxy = (node: NodeBuilder, namespace: string, balancer: LoadBalancer): void => {
  const path = configPath(balancer);
  const { text, description } = haproxyConfig(balancer);
  const owner = { kind: 'loadbalancer', name: balancer.name } as const;
  const port = activeListeners(balancer)[0]?.protocol_port;
  node.file({
    path,
    text,
    owner: {
      ...owner,
      purpose: `haproxy's configuration of load balancer ${balancer.name}: ${contents(balancer)}`,
    },
  });
  node.process({
    name: `haproxy-${balancer.id}`,
    namespace,
    argv: ['haproxy', '-W', '-db', '-S', masterSocket(balancer), '-f', path],
    files: [path],
    reload: 'hup',
    ...(port === undefined ? {} : { ready: { protocol: 'tcp', port } }),
    settled: {
      socket: masterSocket(balancer),
      question: '@1 show info\n',
      words: `description: ${description}`,
    },
    owner: { ...owner, purpose: `haproxy of load balancer ${balancer.name}` },
  });
};

/** Listeners, pools and members in one line. */
const contents = (balancer: LoadBalancer): string =>
  [
    ...activeListeners(balancer).map(({ name }) => `listener ${name}`),
    ...Object.values(balancer.pools).map(({ name, members }) =>
      [`pool ${name}`, members.map(({ port, address }) => port ?? address).join(' and ')]
        .filter((part) => part !== '')
        .join(' with '),
    ),
  ].join(', ');
