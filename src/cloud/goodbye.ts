/**
 * The first election of routers with ha, without the wait: a standby that has heard nobody yet waits for three
 * advertisements and a skew, 6.8 s at Neutron's 2 s. Whoever says goodbye (priority 0) lets it take over after its skew
 * alone (RFC 3768 and RFC 5798, 6.4.2), so one host of each router says so as if it had been active before.
 */
import type { Cluster } from '../engine/index.ts';
import { frame } from '../probe/index.ts';
import type { ActiveSign } from '../targets/index.ts';
import type { Topology } from '../topology/index.ts';
import { announce } from './announce.ts';

/** What a host says, and who shall hear it. */
export interface Goodbye {
  readonly router: string;
  readonly from: ActiveSign;
  /** He alone hears it, and so becomes active; routers of one HA network take hosts in turn. */
  readonly to: ActiveSign;
  readonly bytes: Uint8Array;
}

const VRRP = '224.0.0.18';

/** One for each router on more than one host; who is alone has nobody who could say it to him. Pure. */
export function goodbyes(topology: Topology, signs: readonly ActiveSign[]): Goodbye[] {
  const byRouter = Map.groupBy(signs, ({ router }) => router);
  return [...byRouter].flatMap(([router, own]): Goodbye[] => {
    const number = topology.routers[router]?.vrrp?.ha_vr_id;
    if (number === undefined || own.length < 2) return [];
    const to = own[(number - 1) % own.length];
    const from = own[number % own.length];
    const [source, target] = [from, to].map((sign) => haPort(topology, sign));
    if (!from || !to || !source || !target) return [];
    const { ha_vrrp_advert_int: seconds } = topology.options;
    const version = Number.isInteger(seconds) ? 2 : 3;
    const bytes = frame(
      [
        {
          protocol: 'ethernet',
          destination: target.mac_address,
          source: source.mac_address,
          etherType: 0x0800,
        },
        { protocol: 'ipv4', source: source.ip_address, destination: VRRP, ttl: 255, nextProtocol: 112 },
        {
          protocol: 'vrrp',
          version,
          virtualRouterId: number,
          priority: 0,
          advertisementInterval: version === 2 ? seconds : Math.round(seconds * 100),
          addresses: [to.ip_address],
        },
      ],
      new Uint8Array(),
    );
    return [{ router, from, to, bytes }];
  });
}

function haPort(
  { routers, ports }: Topology,
  sign: ActiveSign | undefined,
): { mac_address: string; ip_address: string } | undefined {
  const of = routers[sign?.router ?? '']?.vrrp?.ports.find(({ host }) => host === sign?.node);
  const port = ports[of?.port ?? ''];
  const ip_address = port?.fixed_ips[0]?.ip_address;
  return port && ip_address ? { mac_address: port.mac_address, ip_address } : undefined;
}

/** Says goodbye to those who listen by now, and tells to whom it is still to be said. */
export async function sayGoodbye(cluster: Cluster, list: readonly Goodbye[]): Promise<readonly Goodbye[]> {
  const listeners = await Promise.all(
    [...Map.groupBy(list, ({ to }) => to.node)].map(async ([node, ones]) => {
      const agent = await cluster.agent(node);
      const namespaces = ones.map(({ to }) => to.namespace);
      const heard = await agent.request<string[]>('vrrp-listeners', { namespaces });
      return ones.filter(({ to }) => heard.includes(to.namespace));
    }),
  );
  const now = new Set(listeners.flat());
  await announce(
    cluster,
    [...now].map(({ from: { node, namespace, device }, bytes }) => ({ node, namespace, device, bytes })),
  );
  return list.filter((one) => !now.has(one));
}
