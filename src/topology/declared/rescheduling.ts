/**
 * What neutron-server schedules anew when the agents of a host no longer report: reschedule_routers_from_down_agents of
 * neutron/db/l3_agentschedulers_db.py with the least loaded agent (LeastRoutersScheduler), and
 * remove_networks_from_down_agents of agentschedulers_db.py.
 */

import { named } from '../names.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Underlay } from '../topology.ts';
import {
  candidates,
  dhcpHosts,
  holdsRouter,
  hostOfLoadBalancer,
  hostsOfRouter,
  networksOfRouter,
} from './agents.ts';

/** The host that a router goes to from where it is; undefined where there is none for it. */
export function nextHostOfRouter(
  name: string,
  document: CloudDocument,
  underlay: Underlay,
): string | undefined {
  const router = named(document.routers, name);
  if (router === undefined) return undefined;
  const now = new Set(hostsOfRouter(router, document, underlay));
  const held = Object.values(document.routers).flatMap((one) => hostsOfRouter(one, document, underlay));
  const load = (host: string): number => held.filter((one) => one === host).length;
  const fits = holdsRouter(router, document);
  const [best] = candidates(networksOfRouter(router, document), document, underlay, fits)
    .filter((host) => !now.has(host))
    .toSorted((a, b) => load(a) - load(b));
  return best;
}

/** Writes down where everything is that names no host: agents that fall silent or report again do not move it. */
export function writeHosts(document: CloudDocument, underlay: Underlay): void {
  for (const router of Object.values(document.routers)) {
    const hosts = hostsOfRouter(router, document, underlay);
    if (hosts.length > 0) router.hosts = [...hosts];
  }
  for (const [name, network] of Object.entries(document.networks)) {
    const hosts = dhcpHosts(name, document, underlay);
    if (isServed(name, document) && hosts.length > 0) network.dhcp_agents = [...hosts];
  }
  for (const balancer of Object.values(document.loadbalancers)) {
    const host = hostOfLoadBalancer(balancer, document, underlay);
    if (host !== undefined) balancer.host = host;
  }
  for (const { pool: name, subnet } of Object.values(document.vips)) {
    const pool = named(document.pools, name);
    if (pool === undefined) continue;
    const host = hostOfLoadBalancer({ host: pool.host, vip_subnet: subnet }, document, underlay);
    if (host !== undefined) pool.host = host;
  }
}

const isServed = (network: string, { subnets }: CloudDocument): boolean =>
  Object.values(subnets).some((one) => one.network === network && one.enable_dhcp);

/** Changes a document: the agents of a host are no longer alive, and what they held goes where the options say. */
export function rescheduleFrom(host: string, document: CloudDocument, underlay: Underlay): void {
  writeHosts(document, underlay);
  document.agents[host] = { alive: false };
  const { allow_automatic_l3agent_failover: l3, allow_automatic_dhcp_failover: dhcp } = document.options;
  for (const [name, router] of Object.entries(document.routers)) {
    // Routers with ha look after themselves.
    if (!l3 || router.ha || !router.hosts?.includes(host)) continue;
    const next = nextHostOfRouter(name, document, underlay);
    if (next !== undefined) router.hosts = [next];
  }
  for (const [name, network] of Object.entries(document.networks)) {
    const hosts = dhcpHosts(name, document, underlay);
    if (!dhcp || !isServed(name, document) || !hosts.includes(host)) continue;
    const next = candidates([name], document, underlay).find((one) => !hosts.includes(one));
    const left = hosts.flatMap((one) => (one === host ? (next ?? []) : one));
    if (left.length > 0) network.dhcp_agents = left;
  }
}
