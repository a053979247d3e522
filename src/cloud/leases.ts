/** Servers whose NICs ask for their addresses, as the real DHCP client in each does. */
import type { Cluster } from '../engine/index.ts';
import { EXIT, NetdojoError } from '../errors/index.ts';
import { dhcp } from '../probe/index.ts';
import { GUESTS } from '../state/index.ts';
import type { Server, Topology } from '../topology/index.ts';

interface Asking {
  readonly server: string;
  readonly device: string;
  /** What changes when it has to ask anew: the address that it must get, and what comes with it. */
  readonly key: string;
  readonly addresses: readonly string[];
}

/** NICs that ask by DHCP. */
function asking({ servers, ports, subnets }: Topology): Asking[] {
  return Object.values(servers).flatMap(({ name: server, nics }: Server) =>
    nics.flatMap(({ device, port: portName, address }) => {
      const port = ports[portName];
      if (address !== 'dhcp' || !port?.admin_state_up) return [];
      const served = port.fixed_ips.filter(
        ({ subnet, ip_address }) => subnets[subnet]?.enable_dhcp && !ip_address.includes(':'),
      );
      if (served.length === 0) return [];
      const addresses = served.map(({ ip_address }) => ip_address);
      const key = [server, device, port.mac_address, port.network, ...addresses].join(' ');
      return [{ server, device, key, addresses }];
    }),
  );
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
    fresh.map(async ({ server, device, addresses }) => {
      const result = await dhcp(guests, server, { device });
      const got = result.outcome === 'bound' ? result.lease.address : undefined;
      if (got !== undefined && addresses.includes(got)) return;
      throw new NetdojoError(`server ${server} got ${got ?? 'no address'} by DHCP on ${device}`, {
        code: 'ND_NO_LEASE',
        expected: `an answer with ${addresses.join(' or ')}`,
        hint: `netdojo exec ${server} -- udhcpc -i ${device} -f -n -q; does dnsmasq run, do security groups let it answer?`,
        exitCode: EXIT.failed,
      });
    }),
  );
}
