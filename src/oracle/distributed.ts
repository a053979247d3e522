/**
 * Distributed routers: where they are, and who translates which address. Source: Neutron's administration guide, "Open
 * vSwitch: High availability using DVR", and the L3 agent's modes in its configuration reference.
 */
import { formatAddress, parseNetwork } from '../topology/addresses.ts';
import { dvrHostMac, l3AgentMode } from '../topology/distributed.ts';
import type { FloatingIp, Port, Router, Topology } from '../topology/topology.ts';
import { type Ip, inNetwork } from './ip.ts';
import type { Member } from './outsiders.ts';

/** On every host that routes, instead of on one. */
export const isDistributed = ({ device_owner }: Port): boolean =>
  device_owner === 'network:router_interface_distributed';

/** Hosts that have a part of a distributed router. */
export const hostsOfRouter = ({ routers }: Topology, name: string): readonly string[] =>
  routers[name]?.distributed_hosts ?? [];

/** The MAC address by which a host speaks to others for the distributed routers that it has (Neutron's dvr_host_macs). */
export const hostMac = (host: string): string => dvrHostMac(host);

/**
 * The host that translates a floating IP of a distributed router: the one that has the port behind it, where its agent
 * leads out (modes dvr and dvr_snat); undefined where the snat- namespace does it for everybody: for ports that are
 * nowhere, for hosts in mode dvr_no_external, and for port forwardings.
 */
export function hostOfFloatingIp(topology: Topology, { port }: FloatingIp): string | undefined {
  const bound = port === undefined ? undefined : topology.ports[port]?.['binding:host_id'];
  const host = bound === undefined ? undefined : topology.underlay.hosts[bound];
  if (host === undefined) return undefined;
  const mode = l3AgentMode(topology.options, host);
  return mode === 'dvr' || mode === 'dvr_snat' ? host.name : undefined;
}

/**
 * The interface from which a port of another host seems to get what distributed routers send it. A host has one for each
 * of its ports (install_dvr_to_src_mac of Neutron's br-int): where a network's IPv4 and IPv6 subnets have interfaces of
 * their own it is that of the port's last address, whatever the packet's version.
 */
export const gatewayOf = ({ ports }: Topology, { fixed_ips }: Port): Port | undefined =>
  fixed_ips
    .flatMap(({ subnet }) =>
      Object.values(ports).filter(
        (port) => isDistributed(port) && port.fixed_ips.some((ip) => ip.subnet === subnet),
      ),
    )
    .at(-1);

/** The addresses between a router's part on a host and the host's way out: of a network of two the first is the router's. */
export function linkAddresses(
  { link_local_pairs: pairs = {} }: Router,
  host: string,
): { readonly rfp: string; readonly fpr: string } | undefined {
  const pair = parseNetwork(pairs[host] ?? '');
  if (pair === undefined) return undefined;
  const at = (value: bigint): string => formatAddress({ version: pair.version, value });
  return { rfp: at(pair.first), fpr: at(pair.last) };
}

/**
 * Who else gets a packet that a distributed router of another host has sent and that is for nobody here. Nobody today;
 * at Juno every server of the subnet (br-int, "output to every local compute port of the subnet").
 */
export function strays(
  { options, subnets }: Topology,
  here: readonly Member[],
  ip: Ip | undefined,
): Member[] {
  if (options.release !== 'juno' || ip === undefined) return [];
  return here.filter(
    (one) =>
      one.kind === 'guest' &&
      one.port.fixed_ips.some(({ subnet }) => inNetwork(subnets[subnet]?.cidr ?? '', ip.dst_ip)),
  );
}
