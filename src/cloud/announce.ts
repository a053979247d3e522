/**
 * Announcements: what every host and server says of itself when its network comes up, and by which switches learn
 * where it is before the first packet that counts.
 */
import type { Cluster } from '../engine/index.ts';
import { announcement } from '../probe/index.ts';
import { type CloudState, GUESTS, type WireEnd } from '../state/index.ts';
import type { ActiveRouters } from '../oracle/index.ts';
import { isCentralFloatingIp } from '../topology/distributed.ts';
import { routerOfReplica, type Topology } from '../topology/index.ts';
import { subportAnnouncements } from './announce-subports.ts';

export interface Announcement {
  readonly node: string;
  readonly namespace: string;
  readonly device: string;
  readonly bytes: Uint8Array;
  /** Where the device is plugged in: who is plugged in anew has to say again where it is. */
  readonly plugged: string;
}

/**
 * One gratuitous ARP for each IPv4 address, one neighbour advertisement for each IPv6 address; pure. Addresses that servers get by DHCP are in no state, but in the
 * topology.
 */
export function announcements(
  state: CloudState,
  topology: Topology,
  active: ActiveRouters = {},
): Announcement[] {
  const macs = new Map<string, string>();
  const plugs = new Map<string, string>();
  for (const { ends } of Object.values(state.wires)) {
    for (const [end, far] of [ends, ends.toReversed() as [WireEnd, WireEnd]] as const) {
      const place = `${end.node} ${end.namespace} ${end.device}`;
      if (end.mac_address) macs.set(place, end.mac_address);
      plugs.set(place, `${far.node} ${far.device} ${state.nodes[far.node]?.ports[far.device]?.tag}`);
    }
  }
  const list: Announcement[] = [];
  for (const [node, { namespaces, ports, bridges }] of Object.entries(state.nodes)) {
    for (const [namespace, { addresses, links, sysctls }] of Object.entries(namespaces)) {
      const router = sysctls['net/ipv6/conf/all/forwarding'] === '1';
      for (const { device, cidr } of Object.values(addresses)) {
        const mac_address =
          links[device]?.mac_address ??
          ports[device]?.mac_address ??
          macs.get(`${node} ${namespace} ${device}`) ??
          bridges[device]?.other_config['hwaddr'];
        const ip_address = cidr.split('/')[0] as string;
        if (!mac_address) continue;
        const plugged = plugs.get(`${node} ${namespace} ${device}`) ?? '';
        list.push({
          node,
          namespace,
          device,
          bytes: announcement({ mac_address, ip_address, router }),
          plugged,
        });
      }
    }
  }
  for (const { name: namespace, nics } of Object.values(topology.servers)) {
    for (const { device, port: portName, address } of nics) {
      const port = topology.ports[portName];
      if (address !== 'dhcp' || port === undefined) continue;
      const plugged = plugs.get(`${GUESTS} ${namespace} ${device}`) ?? '';
      for (const { ip_address } of port.fixed_ips) {
        const bytes = announcement({ mac_address: port.mac_address, ip_address });
        list.push({ node: GUESTS, namespace, device, bytes, plugged });
      }
    }
  }
  list.push(...replicaAnnouncements(state, topology, active));
  const trunks = subportAnnouncements(topology).map(({ namespace, device, bytes, plugged }) => {
    const far = plugs.get(`${GUESTS} ${namespace} ${device}`) ?? '';
    return { node: GUESTS, namespace, device, bytes, plugged: `${far} ${plugged}` };
  });
  return [...list, ...trunks];
}

/** Addresses of routers with ha: in no state either, but with the host that is active. */
function replicaAnnouncements(
  { nodes }: CloudState,
  topology: Topology,
  active: ActiveRouters,
): Announcement[] {
  return Object.values(topology.ports).flatMap((port): Announcement[] => {
    const router = routerOfReplica(topology, port);
    const node = router && active[router.name];
    if (router === undefined || node === undefined) return [];
    const plug = Object.values(nodes[node]?.ports ?? {}).find(
      ({ type, owner }) => type === 'internal' && owner.kind === 'port' && owner.name === port.name,
    );
    if (plug?.namespace === undefined) return [];
    const { name: device, namespace } = plug;
    const { mac_address } = port;
    const floating =
      router.external_gateway_info?.port === port.name
        ? Object.values(topology.floatingips).filter(
            (one) =>
              one.router === router.name && (!router.distributed || isCentralFloatingIp(topology, one)),
          )
        : [];
    return [
      ...port.fixed_ips.map(({ ip_address }) => ip_address),
      ...floating.map(({ floating_ip_address }) => floating_ip_address),
    ].map((ip_address) => {
      const bytes = announcement({ mac_address, ip_address, router: true });
      return { node, namespace, device, bytes, plugged: '' };
    });
  });
}

/** Puts announcements out, all nodes at once. */
export async function announce(
  cluster: Cluster,
  list: readonly Omit<Announcement, 'plugged'>[],
): Promise<void> {
  const byNode = Map.groupBy(list, (one) => one.node);
  await Promise.all(
    [...byNode].map(async ([node, ones]) => {
      const agent = await cluster.agent(node);
      const frames = ones.map(({ namespace, device, bytes }) => [
        namespace,
        device,
        Buffer.from(bytes).toString('hex'),
      ]);
      await agent.request('inject', { frames });
    }),
  );
}
