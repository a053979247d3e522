/**
 * LBaaS v1 in terms of v2: a VIP and its pool are a load balancer with one listener and one pool, as Neutron's own
 * migration to v2 made of them. The load balancer has the id of the pool, by which the v1 driver of haproxy named its
 * namespace (`qlbaas-<pool id>`), and the listener that of the VIP.
 */
import { named } from '../names.ts';
import type { DocumentSource, Path } from '../problems.ts';
import { uuid5 } from '../resolve/identifiers.ts';
import { optional } from '../resolve/resolving.ts';
import type { CloudDocument } from '../schema/index.ts';

type Document = CloudDocument;
type LoadBalancer = Document['loadbalancers'][string];
type Vip = Document['vips'][string];
type VipPool = Document['pools'][string];

/** Whether a load balancer of a document that `withVips` has made was a VIP. */
export const isVip = (name: string, { vips }: Document): boolean => named(vips, name) !== undefined;

/** The name of the monitor that counts: the haproxy driver took the first that is up (cfg.py, _get_server_health_option). */
const monitorOf = ({ health_monitors }: VipPool, document: Document): string | undefined =>
  health_monitors.find((name) => named(document.health_monitors, name)?.admin_state_up === true);

/** The document with a load balancer for each VIP whose pool there is; names that are taken stay as they are. */
export function withVips(document: Document): Document {
  const taken = new Set<string>();
  const made = Object.entries(document.vips).flatMap(([name, vip]): [string, LoadBalancer][] => {
    const pool = named(document.pools, vip.pool);
    // A pool that two VIPs have is a problem of its own, and so is a protocol that is not the pool's.
    if (pool === undefined || taken.has(vip.pool)) return [];
    taken.add(vip.pool);
    return [[name, loadBalancerOf(name, vip, pool, document)]];
  });
  if (made.length === 0) return document;
  return { ...document, loadbalancers: { ...Object.fromEntries(made), ...document.loadbalancers } };
}

function loadBalancerOf(name: string, vip: Vip, pool: VipPool, document: Document): LoadBalancer {
  const idOf = (kind: string, of: string, given: string | undefined) =>
    given ?? uuid5(`${document.cloud}/${kind}/${of}`);
  const id = idOf('pool', vip.pool, pool.id);
  const monitor = named(document.health_monitors, monitorOf(pool, document));
  const { id: _id, project: _project, ...healthmonitor } = monitor ?? {};
  const subnet = named(document.subnets, pool.subnet) === undefined ? undefined : pool.subnet;
  return {
    id,
    ...optional('project', vip.project),
    // haproxy of v1 is not started for a VIP or a pool that is down.
    admin_state_up: vip.admin_state_up && pool.admin_state_up,
    vip_subnet: vip.subnet,
    ...optional('vip_address', vip.address),
    ...optional('host', pool.host),
    listeners: {
      [name]: {
        id: idOf('vip', name, vip.id),
        admin_state_up: true,
        protocol: vip.protocol,
        protocol_port: vip.protocol_port,
        default_pool: vip.pool,
        connection_limit: vip.connection_limit,
        insert_headers: {},
      },
    },
    pools: {
      [vip.pool]: {
        id,
        admin_state_up: true,
        protocol: vip.protocol,
        lb_algorithm: pool.lb_method,
        ...optional('session_persistence', vip.session_persistence),
        members: pool.members.map((member) => ({ ...member, ...optional('subnet', subnet) })),
        ...(monitor === undefined
          ? {}
          : { healthmonitor: healthmonitor as NonNullable<LoadBalancer['pools'][string]['healthmonitor']> }),
      },
    },
  };
}

/** Where a document says what its load balancers say: mistakes of those that were VIPs are found in the v1 form. */
export function sourceOfVips(document: Document, source: DocumentSource): DocumentSource {
  return { ...source, place: (path, part) => source.place(written(path, document), part) };
}

function written(path: Path, document: Document): Path {
  const [collection, name, first, inner, attribute, ...rest] = path;
  const vip = collection === 'loadbalancers' ? named(document.vips, String(name)) : undefined;
  if (vip === undefined || named(document.loadbalancers, String(name)) !== undefined) return path;
  const own = ['vips', String(name)];
  const pool = ['pools', vip.pool];
  if (first === 'vip_subnet') return [...own, 'subnet'];
  if (first === 'vip_address') return [...own, 'address'];
  if (first === 'host') return [...pool, 'host'];
  if (first === 'listeners' && attribute !== undefined)
    return [...own, attribute === 'default_pool' ? 'pool' : attribute, ...rest];
  if (first !== 'pools' || inner === undefined || attribute === undefined) return own;
  if (attribute === 'session_persistence') return [...own, attribute, ...rest];
  if (attribute === 'healthmonitor') {
    const declared = named(document.pools, vip.pool);
    return ['health_monitors', (declared && monitorOf(declared, document)) ?? '', ...rest];
  }
  // The members' subnet is the pool's.
  if (attribute === 'members' && rest[1] === 'subnet') return [...pool, 'subnet'];
  return [...pool, attribute, ...rest];
}
