/**
 * Servers whose NICs ask for their addresses, as the real clients in each do: DHCP, and for IPv6 what the modes of the
 * subnet say: the kernel listens to routers (RFC 4862), and a DHCPv6 client asks for the address or for all but that.
 */
import type { Agent, Cluster } from '../engine/index.ts';
import { EXIT, NetdojoError } from '../errors/index.ts';
import { autoconfigure, dhcp, dhcp6 } from '../probe/index.ts';
import { GUESTS } from '../state/index.ts';
import type { Server, Topology } from '../topology/index.ts';

interface Asking {
  readonly server: string;
  readonly device: string;
  /** What changes when it has to ask anew: the address that it must get, and what comes with it. */
  readonly key: string;
  readonly addresses: readonly string[];
  readonly how: 'dhcp' | Ipv6How;
}

/** From a router's advertisements, from a DHCPv6 server, and whether it asks that one for anything. */
interface Ipv6How {
  readonly routers: boolean;
  readonly server: 'address' | 'information' | 'nothing';
}

/** NICs that ask. */
function asking(topology: Topology): Asking[] {
  const { servers, ports, subnets } = topology;
  return Object.values(servers).flatMap(({ name: server, nics }: Server) =>
    nics.flatMap(({ device, port: portName, address }) => {
      const port = ports[portName];
      if (address !== 'dhcp' || !port?.admin_state_up) return [];
      const ask = (version: 4 | 6, how: Asking['how']): Asking[] => {
        const served = port.fixed_ips.filter(
          ({ subnet }) => subnets[subnet]?.enable_dhcp && subnets[subnet].ip_version === version,
        );
        if (served.length === 0) return [];
        const addresses = served.map(({ ip_address }) => ip_address);
        const key = [server, device, port.mac_address, port.network, JSON.stringify(how), ...addresses].join(
          ' ',
        );
        return [{ server, device, key, addresses, how }];
      };
      return [...ask(4, 'dhcp'), ...ask(6, ipv6How(topology, port.fixed_ips))];
    }),
  );
}

function ipv6How({ subnets, routers }: Topology, fixedIps: readonly { readonly subnet: string }[]): Ipv6How {
  const own = fixedIps.flatMap(({ subnet }) => subnets[subnet] ?? []).filter((one) => one.ip_version === 6);
  const routed = new Set(
    Object.values(routers)
      .flatMap(({ interfaces }) => interfaces)
      .flatMap(({ fixed_ips }) => fixed_ips.map(({ subnet }) => subnet)),
  );
  // A subnet without modes is served as those with dhcpv6-stateful (_build_cmdline_callback of Neutron's dhcp.py).
  const modes = new Set(
    own.map(({ ipv6_address_mode: address, ipv6_ra_mode: told }) =>
      address === undefined && told === undefined ? 'dhcpv6-stateful' : address,
    ),
  );
  return {
    routers: own.some(({ name, ipv6_ra_mode }) => ipv6_ra_mode !== undefined && routed.has(name)),
    server: modes.has('dhcpv6-stateful')
      ? 'address'
      : modes.has('dhcpv6-stateless')
        ? 'information'
        : 'nothing',
  };
}

/**
 * All at once, those alone that had not asked for the same before.
 *
 * @throws NetdojoError ND_NO_LEASE for a server that gets no answer, or not the address of its port
 */
export async function lease(cluster: Cluster, before: Topology | undefined, after: Topology): Promise<void> {
  const known = new Set(before === undefined ? [] : asking(before).map(({ key }) => key));
  const fresh = asking(after).filter(({ key }) => !known.has(key));
  if (fresh.length === 0) return;
  const guests = await cluster.agent(GUESTS);
  await Promise.all(
    fresh.map((one) => (one.how === 'dhcp' ? lease4(guests, one) : lease6(guests, one, one.how))),
  );
}

async function lease4(guests: Agent, { server, device, addresses }: Asking): Promise<void> {
  const result = await dhcp(guests, server, { device });
  const got = result.outcome === 'bound' ? result.lease.address : undefined;
  if (got !== undefined && addresses.includes(got)) return;
  throw new NetdojoError(`server ${server} got ${got ?? 'no address'} by DHCP on ${device}`, {
    code: 'ND_NO_LEASE',
    expected: `an answer with ${addresses.join(' or ')}`,
    hint: `netdojo exec ${server} -- udhcpc -i ${device} -f -n -q; does dnsmasq run, do security groups let it answer?`,
    exitCode: EXIT.failed,
  });
}

async function lease6(guests: Agent, asked: Asking, { routers, server: from }: Ipv6How): Promise<void> {
  const { server, device, addresses } = asked;
  const state = await autoconfigure(guests, server, { device, routers });
  const failure = (message: string, expected: string, hint: string): NetdojoError =>
    new NetdojoError(`server ${server} ${message} on ${device}`, {
      code: 'ND_NO_LEASE',
      expected,
      hint,
      exitCode: EXIT.failed,
    });
  if (routers && state.routers.length === 0)
    throw failure(
      'has heard no router advertisement',
      'an answer of the network’s router to its solicitation',
      'does radvd run in qrouter-…, do security groups let it answer?',
    );
  const information =
    from === 'nothing'
      ? undefined
      : await dhcp6(guests, server, { device, stateless: from === 'information' });
  if (information?.outcome === 'no-answer')
    throw failure(
      'got no answer by DHCPv6',
      from === 'address' ? `the address ${addresses.join(' or ')}` : 'the options of its subnet',
      `netdojo exec ${server} -- dhclient -6 -d -v ${device}; does dnsmasq run, do security groups let it answer?`,
    );
  const got =
    information?.outcome === 'bound' && information.lease.address !== undefined
      ? [information.lease.address]
      : state.addresses.filter(({ scope }) => scope === 'global').map(({ address }) => address);
  if (from === 'nothing' && !routers) return;
  if (got.some((address) => addresses.includes(address))) return;
  throw failure(
    `has ${got.length === 0 ? 'no address' : got.join(' and ')}`,
    addresses.join(' or '),
    `netdojo exec ${server} -- ip -6 addr; what does the router advertise?`,
  );
}
