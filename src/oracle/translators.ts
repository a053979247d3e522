/**
 * Who translates addresses, and which. Source: the OpenStack Networking API (floating IPs, port forwardings,
 * enable_snat); for distributed routers Neutron's administration guide: the part on a server's own host stands for the
 * server's floating IP, the snat- namespace for everything else.
 */
import type { FloatingIp, Router, Topology } from '../topology/topology.ts';
import { hostOfFloatingIp } from './distributed.ts';
import { isIpv4 } from './ip.ts';
import { type Member, membersOf } from './outsiders.ts';
import type { Seat } from './seats.ts';

export interface Translator {
  /** Where its connections are remembered: `router r1`, `router r1 on compute1`, `snat r1`. */
  readonly zone: string;
  readonly router: Router;
  /** Those that it stands for. */
  readonly floatingIps: readonly FloatingIp[];
  /** The device beyond which its addresses are translated. */
  readonly outside?: Seat;
  /** The router's own address there. */
  readonly address?: string;
  /** Behind that address it hides whoever has no other. */
  readonly hides: boolean;
  /** What is for a floating IP is for the server behind it wherever it comes from, not from outside alone. */
  readonly everywhere: boolean;
  /** It serves metadata itself. */
  readonly metadata: boolean;
}

/** Floating IPs that a router stands for. */
export const floatingIpsOf = ({ floatingips }: Topology, router: string): FloatingIp[] =>
  Object.values(floatingips).filter(
    (one) => one.router === router && (one.port !== undefined || one.port_forwardings.length > 0),
  );

/** The port by which a router leaves the cloud. */
export function gatewaySeat(topology: Topology, router: Router | undefined): Seat | undefined {
  const port = router?.external_gateway_info?.port;
  if (port === undefined) return undefined;
  return membersOf(topology).find(
    (one): one is Seat => one.kind !== 'outsider' && !one.standby && one.port.name === port,
  );
}

/** Of a router that is on one host at a time. */
export const translatorOf = (topology: Topology, router: Router): Translator => ({
  zone: `router ${router.name}`,
  router,
  floatingIps: floatingIpsOf(topology, router.name),
  ...behindGateway(topology, router),
  metadata: topology.options.metadata,
});

/** Of the snat- namespace of a distributed router. */
export const centralTranslator = (topology: Topology, router: Router): Translator => ({
  zone: `snat ${router.name}`,
  router,
  floatingIps: floatingIpsOf(topology, router.name).filter(
    (one) => hostOfFloatingIp(topology, one) === undefined,
  ),
  ...behindGateway(topology, router),
  metadata: false,
});

function behindGateway(
  topology: Topology,
  router: Router,
): Pick<Translator, 'outside' | 'address' | 'hides' | 'everywhere'> {
  const outside = gatewaySeat(topology, router);
  const address = outside?.port.fixed_ips.map(({ ip_address }) => ip_address).find(isIpv4);
  return {
    ...(outside && { outside }),
    ...(address !== undefined && { address }),
    hides: router.external_gateway_info?.enable_snat === true,
    everywhere: true,
  };
}

/** Of the part of a distributed router on a host. */
export function partTranslator(topology: Topology, router: Router, host: string): Translator {
  const outside = membersOf(topology).find(
    (one): one is Seat =>
      one.kind !== 'outsider' && one.link === 'rfp' && one.holder.name === router.name && one.host === host,
  );
  return {
    zone: `router ${router.name} on ${host}`,
    router,
    floatingIps: floatingIpsOf(topology, router.name).filter(
      (one) => hostOfFloatingIp(topology, one) === host,
    ),
    ...(outside && { outside }),
    hides: false,
    // At Juno servers of one host met by floating IP without the way out (Launchpad 1428887, 1462154).
    everywhere: topology.options.release === 'juno',
    metadata: topology.options.metadata,
  };
}

/** The translator with a zone, if it is there still. */
export function translatorIn(topology: Topology, zone: string): Translator | undefined {
  const [kind, name = '', , host] = zone.split(' ');
  const router = topology.routers[name];
  if (!router) return undefined;
  if (kind === 'snat') return centralTranslator(topology, router);
  return host === undefined ? translatorOf(topology, router) : partTranslator(topology, router, host);
}

/** Floating IPs for which a device answers ARP beside its own addresses. */
export function proxiedBy(topology: Topology, member: Member): readonly FloatingIp[] {
  if (member.kind === 'outsider' || member.link !== undefined) return [];
  const { holder, port, host, network } = member;
  if (holder.kind === 'fip') {
    return Object.values(topology.floatingips).filter(
      (one) =>
        topology.routers[one.router ?? '']?.distributed === true &&
        one.floating_network === network.name &&
        hostOfFloatingIp(topology, one) === host,
    );
  }
  const router = topology.routers[holder.name];
  if (holder.kind !== 'router' && holder.kind !== 'snat') return [];
  if (!router || router.external_gateway_info?.port !== port.name) return [];
  return (holder.kind === 'snat' ? centralTranslator : translatorOf)(topology, router).floatingIps;
}

/** The API's port behind a device of a router: the way to a host's floating IPs is a way out of the cloud. */
export const portBehind = ({ router }: Translator, { name, ...member }: Member): string =>
  'link' in member && member.link !== undefined ? (router.external_gateway_info?.port ?? '') : name;
