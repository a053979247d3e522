/**
 * Distributed routers: what mode an agent is in, which MAC address a host has, which floating IPs are central. Source:
 * the administration guide, "Open vSwitch: High availability using DVR", and l3_dvr_db.py of Neutron.
 */
import { createHash } from 'node:crypto';
import { named } from './names.ts';
import type { CloudDocument, L3AgentMode } from './schema/index.ts';
import type { FloatingIp, Port, Topology, UnderlayHost } from './topology.ts';

/** agent_mode of a host's L3 agent: as the options say, or what its role is there for. */
export function l3AgentMode(
  { l3_agent_modes }: Pick<CloudDocument['options'], 'l3_agent_modes'>,
  { name, role }: Pick<UnderlayHost, 'name' | 'role'>,
): L3AgentMode {
  return named(l3_agent_modes, name) ?? (role === 'compute' ? 'dvr' : 'dvr_snat');
}

/** dvr_base_mac with its last three octets, one for each host (Neutron's server draws them at random). */
export function dvrHostMac(host: string): string {
  const digits = createHash('sha256').update(`dvr ${host}`).digest('hex').slice(0, 6);
  return `fa:16:3f:${digits.match(/../gu)?.join(':')}`;
}

/**
 * Whether a floating IP of a distributed router is translated in its snat- namespace (DVR_SNAT_BOUND in Neutron): what
 * it stands for is plugged in nowhere, or on a host without a way out of its own.
 */
export function isCentralFloatingIp(topology: Topology, { router: name, port }: FloatingIp): boolean {
  const router = topology.routers[name ?? ''];
  if (router === undefined || !router.distributed) return false;
  const host = hostOf(topology, topology.ports[port ?? '']);
  const mode = host && l3AgentMode(topology.options, host);
  return mode !== 'dvr' && mode !== 'dvr_snat';
}

const hostOf = ({ underlay }: Topology, port: Port | undefined): UnderlayHost | undefined =>
  underlay.hosts[port?.['binding:host_id'] ?? ''];
