/** Where things are in a running cloud. */
import type { Cloud } from '../cloud/index.ts';
import { NetdojoError } from '../errors/index.ts';
import type { Topology } from '../topology/index.ts';

/** The device of a switch that leads to a host on a physical network. */
export function cableTo(
  { underlay }: Topology,
  host: string,
  physicalNetwork: string,
): { readonly node: string; readonly device: string } {
  for (const { ends } of underlay.links) {
    const here = ends.find((end) => end.host === host);
    const there = ends.find((end) => end !== here);
    const carried = here?.networks.map((name) => underlay.networks[name]?.physical_network);
    if (there && carried?.includes(physicalNetwork)) return { node: there.host, device: there.device };
  }
  throw new NetdojoError(`host ${host} has no cable on ${physicalNetwork}`, { code: 'ND_UNDERLAY_NETWORK' });
}

/** The VLAN id by which a host knows a network within itself. */
export function localVlan(cloud: Cloud, host: string, network: string): number {
  const { topology } = cloud;
  const server = Object.values(topology.servers).find(
    ({ nics, ...one }) =>
      one.host === host && nics.some(({ port }) => topology.ports[port]?.network === network),
  );
  const nic = server?.nics.find(({ port }) => topology.ports[port]?.network === network);
  const wire = Object.values(cloud.cluster.state.wires).find(({ owner }) => owner.name === nic?.port);
  const tap = wire?.ends.find(({ node }) => node === host)?.device ?? '';
  const tag = cloud.cluster.state.nodes[host]?.ports[tap]?.tag;
  if (tag !== undefined) return tag;
  throw new NetdojoError(`host ${host} has no port on network ${network}`, { code: 'ND_SERVER_UNKNOWN' });
}
