/** A host that is gone, as far as anybody else can tell. */
import type { Cloud } from '../cloud/index.ts';
import type { UnderlayInterface } from '../topology/index.ts';

interface Port {
  readonly name: string;
  readonly node: string;
  /** Where the cable leads nowhere. */
  readonly nowhere: number;
  /** Arguments of `ovs-vsctl set port` that bring its VLANs back. */
  readonly vlans: readonly string[];
}

/** VLANs within a switch where no network is: the underlay's own begin at 4001. One for each cable. */
const NOWHERE = 3001;

/** Disposing brings it back. */
interface CutOff extends AsyncDisposable {
  restore(): Promise<void>;
}

/**
 * Cuts a host's cables at the far end: each port of a switch that leads to it is put into a VLAN of its own. Whatever
 * the host sends ends there, and nothing reaches it; as if it had lost its power, or hung. Neither the host nor the
 * cloud's state know of it, and markers still cross the cables, so that all captures go on seeing.
 *
 * @param network of the underlay: only the host's cable to it, as if that NIC had failed
 */
export async function cutOff(cloud: Cloud, host: string, network?: string): Promise<CutOff> {
  const isCut = (end: UnderlayInterface): boolean =>
    end.host === host && (network === undefined || end.networks.includes(network));
  const ends = cloud.topology.underlay.links.flatMap(({ ends: both }, at) =>
    both.some(isCut)
      ? both.filter((end) => end.host !== host).map((end) => ({ ...end, nowhere: NOWHERE + at }))
      : [],
  );
  const ports = ends.map(({ host: node, device, nowhere }): Port => {
    const { tag, vlan_mode, trunks } = cloud.cluster.state.nodes[node]?.ports[device] ?? {};
    const vlans = [
      `tag=${tag ?? '[]'}`,
      `vlan_mode=${vlan_mode ?? '[]'}`,
      `trunks=[${trunks?.join() ?? ''}]`,
    ];
    return { name: device, node, nowhere, vlans };
  });
  await setVlans(
    cloud,
    ports.map((port) => ({ ...port, vlans: [`tag=${port.nowhere}`, 'vlan_mode=access', 'trunks=[]'] })),
  );
  let cut = true;
  const restore = async (): Promise<void> => {
    if (!cut) return;
    cut = false;
    await setVlans(cloud, ports);
    // Switches have forgotten who is there, neighbours are in doubt.
    await cloud.reset();
  };
  return { restore, [Symbol.asyncDispose]: restore };
}

async function setVlans(cloud: Cloud, ports: readonly Port[]): Promise<void> {
  for (const [node, list] of Map.groupBy(ports, (port) => port.node)) {
    const agent = await cloud.cluster.agent(node);
    const commands = list.flatMap(({ name, vlans }) => ['--', 'set', 'port', name, ...vlans]);
    await agent.run(['ovs-vsctl', ...commands.slice(1)]);
  }
}
