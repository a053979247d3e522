/** Load balancers: the address, subnet and port of each member, and whether the VIP reaches it. */
import { canonicalAddress, contains, parseAddress, parseNetwork } from '../addresses.ts';
import { hostOfLoadBalancer, vipPortName } from '../declared/agents.ts';
import { oneOf } from '../nearest.ts';
import type { Path } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import type {
  FixedIp,
  HealthMonitor,
  Listener,
  LoadBalancer,
  Member,
  Pool,
  Router,
  Server,
} from '../topology.ts';
import { mapRecord, optional, type Resolving } from './resolving.ts';

type Declared = CloudDocument['loadbalancers'][string];
type DeclaredPool = Declared['pools'][string];
type DeclaredMember = DeclaredPool['members'][number];

type Cloud = Resolving & {
  readonly routers: Readonly<Record<string, Router>>;
  readonly servers: Readonly<Record<string, Server>>;
  /** Ports by subnet and address. */
  readonly holders: ReadonlyMap<string, string>;
};

export function resolveLoadBalancers(resolving: Omit<Cloud, 'holders'>): Record<string, LoadBalancer> {
  const { document, underlay, ports, idOf } = resolving;
  const holders = new Map(
    Object.values(ports).flatMap(({ name, fixed_ips }) =>
      fixed_ips.map(({ subnet, ip_address }) => [`${subnet} ${ip_address}`, name]),
    ),
  );
  const cloud = { ...resolving, holders };
  return mapRecord(document.loadbalancers, (name, declared): LoadBalancer => {
    const vip_port = vipPortName(name);
    const vip_address = ports[vip_port]?.fixed_ips[0]?.ip_address ?? '';
    const reach = reachOf(declared.vip_subnet, vip_address, cloud);
    return {
      id: idOf('loadbalancer', name, declared.id),
      name,
      ...optional('project', declared.project),
      admin_state_up: declared.admin_state_up,
      vip_subnet: declared.vip_subnet,
      vip_address,
      vip_port,
      host: hostOfLoadBalancer(declared, document, underlay) ?? '',
      listeners: mapRecord(
        declared.listeners,
        (listener, { id, default_pool = null, ...rest }): Listener => ({
          ...rest,
          id: idOf('listener', `${name}/${listener}`, id),
          name: listener,
          default_pool,
        }),
      ),
      pools: mapRecord(declared.pools, (poolName, pool) => resolvePool(name, poolName, pool, reach, cloud)),
    };
  });
}

function resolvePool(balancer: string, name: string, pool: DeclaredPool, reach: Reach, cloud: Cloud): Pool {
  const { idOf } = cloud;
  const path = ['loadbalancers', balancer, 'pools', name];
  const seen = new Set<string>();
  const members = pool.members.flatMap((declared, index): Member[] => {
    const at = [...path, 'members', index];
    const subject = `a member of pool "${name}" of load balancer "${balancer}"`;
    const found = addressOf(declared, { path: at, subject }, reach, cloud);
    if (found === undefined) return [];
    const { subnet, ip_address: address } = found;
    const { protocol_port, weight, admin_state_up } = declared;
    const key = `${address} ${protocol_port}`;
    if (seen.has(key)) {
      cloud.report(at, 'key', {
        code: 'ND_MEMBER_TWICE',
        message: `${subject} is port ${protocol_port} of ${address}, as another one is`,
        expected: 'each address and port once in a pool',
      });
    }
    seen.add(key);
    const port = cloud.holders.get(`${subnet} ${address}`);
    return [
      {
        id: idOf('member', `${balancer}/${name}/${address}/${protocol_port}`),
        address,
        protocol_port,
        weight,
        subnet,
        admin_state_up,
        ...optional('port', port),
      },
    ];
  });
  const { protocol, lb_algorithm, admin_state_up, session_persistence: persistence, healthmonitor } = pool;
  return {
    id: idOf('pool', `${balancer}/${name}`, pool.id),
    name,
    admin_state_up,
    protocol,
    lb_algorithm,
    session_persistence: persistence
      ? { type: persistence.type, ...optional('cookie_name', persistence.cookie_name) }
      : null,
    members,
    healthmonitor: healthmonitor
      ? resolveMonitor(idOf('healthmonitor', `${balancer}/${name}`), healthmonitor)
      : null,
  };
}

function resolveMonitor(id: string, declared: NonNullable<DeclaredPool['healthmonitor']>): HealthMonitor {
  const { http_method = 'GET', url_path = '/', expected_codes = '200', ...rest } = declared;
  return { id, ...rest, ...(rest.type === 'HTTP' ? { http_method, url_path, expected_codes } : {}) };
}

/** Subnets that a VIP reaches, of its IP version: its own, and those that one router joins to it. */
interface Reach {
  readonly subnets: readonly string[];
  readonly vip: string;
}

function reachOf(vipSubnet: string, vip: string, { routers, subnets }: Cloud): Reach {
  const version = subnets[vipSubnet]?.ip_version;
  const joined = Object.values(routers).flatMap(({ interfaces }) => {
    const own = interfaces.flatMap(({ fixed_ips }) => fixed_ips.map(({ subnet }) => subnet));
    return own.includes(vipSubnet) ? own : [];
  });
  const all = [...new Set([vipSubnet, ...joined])];
  return { subnets: all.filter((name) => subnets[name]?.ip_version === version), vip };
}

function addressOf(
  { server, address, subnet }: DeclaredMember,
  { path, subject }: { readonly path: Path; readonly subject: string },
  reach: Reach,
  { subnets, ports, servers, report }: Cloud,
): FixedIp | undefined {
  const expected = `an address in ${oneOf(reach.subnets.map((name) => `${subnets[name]?.cidr} (${name})`))}, which the VIP ${reach.vip} reaches`;
  if (subnet !== undefined && !reach.subnets.includes(subnet)) {
    report([...path, 'subnet'], 'value', {
      code: 'ND_MEMBER_UNREACHABLE',
      message: `${subject} is in subnet "${subnet}", which no router joins to the subnet of the VIP`,
      expected: oneOf(reach.subnets),
    });
    return undefined;
  }
  const possible = subnet === undefined ? reach.subnets : [subnet];
  if (server !== undefined) {
    const own = (servers[server]?.nics ?? []).flatMap(({ port }) => ports[port]?.fixed_ips ?? []);
    const found = own.find((each) => possible.includes(each.subnet));
    if (found !== undefined) return found;
    const has =
      own.length === 0 ? 'no address' : `only ${own.map(({ ip_address }) => ip_address).join(', ')}`;
    report([...path, 'server'], 'value', {
      code: 'ND_MEMBER_UNREACHABLE',
      message: `${subject} is server "${server}", which has ${has}`,
      expected,
    });
    return undefined;
  }
  const parsed = parseAddress(address ?? '');
  const within = possible.find((name) => {
    const range = parseNetwork(subnets[name]?.cidr ?? '');
    return range !== undefined && parsed !== undefined && contains(range, parsed);
  });
  if (within !== undefined) return { subnet: within, ip_address: canonicalAddress(address ?? '') };
  report([...path, 'address'], 'value', {
    code: 'ND_MEMBER_UNREACHABLE',
    message: `${subject} is ${address}, which is ${subnet === undefined ? 'in no subnet that the VIP reaches' : `not in subnet "${subnet}"`}`,
    expected: subnet === undefined ? expected : `an address in ${subnets[subnet]?.cidr}`,
  });
  return undefined;
}
