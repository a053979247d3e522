/**
 * What neutron-server schedules anew when the agents of a host no longer report: reschedule_routers_from_down_agents of
 * neutron/db/l3_agentschedulers_db.py with the least loaded agent (LeastRoutersScheduler), and
 * remove_networks_from_down_agents of agentschedulers_db.py.
 */

import { named } from '../names.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Underlay } from '../topology.ts';
import { agentHosts, dhcpHosts, hostsOfRouter, lackOf, networksOfRouter } from './agents.ts';

/** Hosts whose agents report, and that are cabled to what carries all of the networks. */
function candidates(networks: readonly string[], document: CloudDocument, underlay: Underlay): string[] {
  return agentHosts(underlay)
    .filter(({ name }) => isAlive(document, name))
    .filter((host) =>
      networks.every((name) => {
        const network = named(document.networks, name);
        return network !== undefined && lackOf(host, network, underlay) === undefined;
      }),
    )
    .map(({ name }) => name);
}

export const isAlive = ({ agents }: Pick<CloudDocument, 'agents'>, host: string): boolean =>
  named(agents, host)?.alive ?? true;

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
  const [best] = candidates(networksOfRouter(router, document), document, underlay)
    .filter((host) => !now.has(host))
    .toSorted((a, b) => load(a) - load(b));
  return best;
}

/** Changes a document in which the agents of a host are no longer alive, as the options say. */
export function rescheduleFrom(host: string, document: CloudDocument, underlay: Underlay): void {
  const { allow_automatic_l3agent_failover: l3, allow_automatic_dhcp_failover: dhcp } = document.options;
  for (const [name, router] of Object.entries(document.routers)) {
    // Routers with ha look after themselves.
    if (!l3 || router.ha || !hostsOfRouter(router, document, underlay).includes(host)) continue;
    const next = nextHostOfRouter(name, document, underlay);
    if (next !== undefined) router.hosts = [next];
  }
  for (const [name, network] of Object.entries(document.networks)) {
    const hosts = dhcpHosts(name, document, underlay);
    const served = Object.values(document.subnets).some((one) => one.network === name && one.enable_dhcp);
    if (!dhcp || !served || !hosts.includes(host)) continue;
    const next = candidates([name], document, underlay).find((one) => !hosts.includes(one));
    const left = hosts.flatMap((one) => (one === host ? (next ?? []) : one));
    if (left.length > 0) network.dhcp_agents = left;
  }
}
