/**
 * Servers whose NICs ask for their addresses, as the real clients in each do: DHCP, and for IPv6 what the modes of the
 * subnet say: the kernel listens to routers (RFC 4862), and a DHCPv6 client asks for the address or for all but that.
 */
import type { Agent, Cluster } from '../engine/index.ts';
import { EXIT, NetdojoError } from '../errors/index.ts';
import { autoconfigure, dhcp, dhcp6 } from '../probe/index.ts';
import { GUESTS } from '../state/index.ts';
import type { Topology } from '../topology/index.ts';
import { type Asking, type Ipv6How, newlyAsking } from './asking.ts';

/**
 * All at once, those alone that had not asked for the same before.
 *
 * @throws NetdojoError ND_NO_LEASE for a server that gets no answer, or not the address of its port
 */
export async function lease(cluster: Cluster, before: Topology | undefined, after: Topology): Promise<void> {
  const fresh = newlyAsking(before, after);
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

async function lease6(
  guests: Agent,
  { server, device, addresses }: Asking,
  { routers, advertised, server: from }: Ipv6How,
): Promise<void> {
  const failure = (message: string, expected: string, hint: string): NetdojoError =>
    new NetdojoError(`server ${server} ${message} on ${device}`, {
      code: 'ND_NO_LEASE',
      expected,
      hint,
      exitCode: EXIT.failed,
    });
  const state = await autoconfigure(guests, server, { device, routers, addresses: advertised });
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
  const leased = information?.outcome === 'bound' ? (information.lease.address ?? '') : '';
  const made = state.addresses.filter(({ scope }) => scope === 'global').map(({ address }) => address);
  const missing = advertised.filter((address) => !made.includes(address));
  const isLeased = addresses.length === 0 || addresses.includes(leased);
  if (missing.length === 0 && isLeased) return;
  const got = [...new Set([...made, leased])].filter((address) => address !== '');
  throw failure(
    `has ${got.length === 0 ? 'no address' : got.join(' and ')}`,
    [...advertised, ...(addresses.length === 0 ? [] : [addresses.join(' or ')])].join(' and '),
    `netdojo exec ${server} -- ip -6 addr; what does the router advertise?`,
  );
}
