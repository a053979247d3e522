/** Which NICs ask for their addresses, how, and which addresses each must get. Pure. */
import type { FixedIp, Server, Subnet, Topology } from '../topology/index.ts';

export interface Asking {
  readonly server: string;
  readonly device: string;
  /** What changes when it has to ask anew: the address that it must get, and from whom. */
  readonly key: string;
  /** From a DHCP server: one of them. */
  readonly addresses: readonly string[];
  readonly how: 'dhcp' | Ipv6How;
}

/** From routers' advertisements, from a DHCPv6 server, and whether it asks that one for anything. */
export interface Ipv6How {
  readonly routers: boolean;
  /** What the kernel makes of advertised prefixes: all of them. */
  readonly advertised: readonly string[];
  readonly server: 'address' | 'information' | 'nothing';
}

/** NICs that ask. */
function asking(topology: Topology): Asking[] {
  const { servers, ports, subnets, networks } = topology;
  return Object.values(servers).flatMap(({ name: server, nics }: Server) =>
    nics.flatMap(({ device, port: portName, address }) => {
      const port = ports[portName];
      // Nobody answers where the network is down.
      if (address !== 'dhcp' || !port?.admin_state_up || !networks[port.network]?.admin_state_up) return [];
      const of = (version: 4 | 6): FixedIp[] =>
        port.fixed_ips.filter(
          ({ subnet }) => subnets[subnet]?.enable_dhcp && subnets[subnet].ip_version === version,
        );
      const asked = (
        fixedIps: readonly FixedIp[],
        leased: readonly FixedIp[],
        how: Asking['how'],
      ): Asking[] => {
        if (fixedIps.length === 0) return [];
        const all = fixedIps.map(({ ip_address }) => ip_address);
        const service = how === 'dhcp' ? how : how.server;
        const key = [server, device, port.mac_address, port.network, service, ...all].join(' ');
        return [{ server, device, key, addresses: leased.map(({ ip_address }) => ip_address), how }];
      };
      const leased = of(6).filter(({ subnet }) => isLeased(subnets[subnet]));
      return [...asked(of(4), of(4), 'dhcp'), ...asked(of(6), leased, ipv6How(topology, of(6)))];
    }),
  );
}

/**
 * Those that have not asked for the same before. A router that speaks no more takes nothing away: what it has advertised
 * stays good for a day.
 */
export function newlyAsking(before: Topology | undefined, after: Topology): Asking[] {
  const known = new Map(before === undefined ? [] : asking(before).map((one) => [one.key, one]));
  return asking(after).filter((one) => {
    const was = known.get(one.key);
    return was === undefined || hearsMore(was.how, one.how);
  });
}

function hearsMore(before: Asking['how'], after: Asking['how']): boolean {
  if (before === 'dhcp' || after === 'dhcp') return false;
  if (after.routers && !before.routers) return true;
  return after.advertised.some((address) => !before.advertised.includes(address));
}

/** A subnet without modes is served as those with dhcpv6-stateful (_build_cmdline_callback of Neutron's dhcp.py). */
const isLeased = (subnet: Subnet | undefined): boolean =>
  subnet?.ipv6_address_mode === 'dhcpv6-stateful' ||
  (subnet?.ipv6_address_mode === undefined && subnet?.ipv6_ra_mode === undefined);

function ipv6How(topology: Topology, fixedIps: readonly FixedIp[]): Ipv6How {
  const { subnets } = topology;
  const routed = routedSubnets(topology);
  const heard = fixedIps.filter(
    ({ subnet }) => subnets[subnet]?.ipv6_ra_mode !== undefined && routed.has(subnet),
  );
  const modes = new Set(
    fixedIps.map(({ subnet }) =>
      isLeased(subnets[subnet]) ? 'dhcpv6-stateful' : subnets[subnet]?.ipv6_address_mode,
    ),
  );
  return {
    routers: heard.length > 0,
    advertised: heard
      .filter(({ subnet }) => subnets[subnet]?.ipv6_ra_mode !== 'dhcpv6-stateful')
      .map(({ ip_address }) => ip_address),
    server: modes.has('dhcpv6-stateful')
      ? 'address'
      : modes.has('dhcpv6-stateless')
        ? 'information'
        : 'nothing',
  };
}

/** Subnets of which a router speaks: one that is down, or has no port there that is up, says nothing. */
function routedSubnets({ routers, ports }: Topology): ReadonlySet<string> {
  const speaking = Object.values(routers).flatMap(({ admin_state_up, interfaces }) =>
    admin_state_up ? interfaces.filter(({ port }) => ports[port]?.admin_state_up) : [],
  );
  return new Set(speaking.flatMap(({ fixed_ips }) => fixed_ips.map(({ subnet }) => subnet)));
}
