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
  const ids = new Set(
    Object.values(topology.ports)
      .filter((port) => port.network === network && port.admin_state_up)
      .map(({ id }) => id),
  );
  const plugged = Object.values(cloud.cluster.state.nodes[host]?.ports ?? {});
  // The end of a trunk's patch on the trunk's own bridge has the port's id as well.
  const tag = plugged.find(
    (one) => one.bridge === 'br-int' && ids.has(one.external_ids['iface-id'] ?? ''),
  )?.tag;
  if (tag !== undefined) return tag;
  throw new NetdojoError(`host ${host} has no port on network ${network}`, { code: 'ND_SERVER_UNKNOWN' });
}

/** The port by which a switch of the underlay would send what is for a MAC address. */
export async function learnedPort(
  cloud: Cloud,
  node: string,
  mac_address: string,
): Promise<string | undefined> {
  const agent = await cloud.cluster.agent(node);
  const { stdout } = await agent.run(['ovs-appctl', 'fdb/show', 'br-sw']);
  const line = stdout.split('\n').find((one) => one.includes(mac_address));
  const number = Number(line?.trim().split(/\s+/u)[0]);
  const ports = Object.values(cloud.cluster.state.nodes[node]?.ports ?? {});
  return ports.find(({ ofport }) => ofport === number)?.name;
}
