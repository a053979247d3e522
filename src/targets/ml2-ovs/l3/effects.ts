/** What the L3 agent does once: connections that it ends, addresses that it announces. */
import type { FloatingIp, Port, PortForwarding, Router, Topology } from '../../../topology/topology.ts';
import type { Effect } from '../../target.ts';
import { isCentralFloatingIp } from '../../../topology/distributed.ts';
import { routerDevice, routerNamespace, snatNamespace } from '../names.ts';

/**
 * Of the routers that hold on to their namespace, and what is announced of those that are new. Of distributed routers
 * this is what is central; the rest is in dvr/effects.ts.
 */
export const routerEffects = (before: Topology, after: Topology): Effect[] =>
  Object.values(after.routers).flatMap((router): Effect[] => {
    if (!isHeld(router)) return [];
    const was = before.routers[router.name];
    const same = was !== undefined && isHeld(was) && was.id === router.id ? was : undefined;
    return router.hosts.flatMap((host): Effect[] => {
      // Else the namespace is another one, and knows nothing.
      const stays = same?.hosts.includes(host) === true;
      return [
        ...(stays ? endedForwardings(before, after, same, host) : []),
        ...(stays ? endedAddresses(before, after, same, host) : []),
        // With ha keepalived says where its addresses are.
        ...(router.ha ? [] : announcements(stays ? before : undefined, after, router)),
      ];
    });
  });

const isHeld = ({ admin_state_up, hosts, distributed, external_gateway_info: gateway }: Router): boolean =>
  admin_state_up && hosts.length > 0 && (!distributed || gateway !== null);

const placeOf = ({ id, distributed }: Router, node: string) => ({
  node,
  namespace: distributed ? snatNamespace(id) : routerNamespace(id),
});

const floatingIpsOf = (topology: Topology, router: Router): FloatingIp[] =>
  Object.values(topology.floatingips).filter(
    (one) => one.router === router.name && (!router.distributed || isCentralFloatingIp(topology, one)),
  );

const isIpv4 = (address: string): boolean => !address.includes(':');

/** An address of a router, and the device that has it. */
interface Held {
  readonly ip_address: string;
  readonly device: string;
  readonly mac_address: string;
  /** As texts say it. */
  readonly what: string;
}

const portsOf = (
  { ports }: Topology,
  { interfaces, snat_ports, external_gateway_info: gateway }: Router,
): Port[] =>
  [...(snat_ports ?? interfaces).map(({ port }) => port), ...(gateway ? [gateway.port] : [])].flatMap(
    (port) => {
      const found = ports[port];
      return found?.admin_state_up ? [found] : [];
    },
  );

const gatewayOf = ({ ports }: Topology, { external_gateway_info: gateway }: Router): Port | undefined =>
  gateway ? ports[gateway.port] : undefined;

const addressesOf = (topology: Topology, router: Router): Held[] => {
  const gateway = gatewayOf(topology, router);
  const own = portsOf(topology, router).flatMap((port) =>
    port.fixed_ips
      .filter(({ ip_address }) => isIpv4(ip_address))
      .map(({ ip_address }) => heldBy(port, ip_address, `port ${port.name}`)),
  );
  return [...own, ...(gateway ? floating(topology, router, gateway) : [])];
};

const floating = (topology: Topology, router: Router, gateway: Port): Held[] =>
  floatingIpsOf(topology, router).map(({ name, floating_ip_address }) =>
    heldBy(gateway, floating_ip_address, `floating IP ${name}`),
  );

const heldBy = ({ id, mac_address, device_owner }: Port, ip_address: string, what: string): Held => ({
  ip_address,
  device: routerDevice(prefixOf(device_owner), id),
  mac_address,
  what,
});

function prefixOf(device_owner: Port['device_owner']): 'qg-' | 'sg-' | 'qr-' {
  if (device_owner === 'network:router_gateway') return 'qg-';
  return device_owner === 'network:router_centralized_snat' ? 'sg-' : 'qr-';
}

/** conntrack(8) answers 1 when there was nothing to delete. */
const CODES = [0, 1];

/** delete_conntrack_state of neutron/agent/linux/ip_lib.py. */
export const endConnections = (
  place: { readonly node: string; readonly namespace: string },
  address: string,
  because: string,
): Effect[] =>
  ['-d', '-q'].map((side) => ({
    kind: 'run',
    ...place,
    argv: ['conntrack', '-D', side, address],
    codes: CODES,
    because,
  }));

/**
 * Addresses outside that are gone, floating IPs and the gateway's own: delete_addr_and_conntrack_state of
 * neutron/agent/linux/ip_lib.py. A floating IP that goes from one port to another in one step stays an address of the
 * router, so its connections go on, in Neutron as here.
 */
const endedAddresses = (before: Topology, after: Topology, was: Router, host: string): Effect[] => {
  const outside = (topology: Topology): string[] => {
    const router = topology.routers[was.name];
    const gateway = router && gatewayOf(topology, router);
    if (router === undefined || gateway === undefined) return [];
    const own = gateway.fixed_ips.map(({ ip_address }) => ip_address).filter(isIpv4);
    return [...own, ...floatingIpsOf(topology, router).map((one) => one.floating_ip_address)];
  };
  const left = new Set(outside(after));
  return outside(before)
    .filter((address) => !left.has(address))
    .flatMap((address) =>
      endConnections(placeOf(was, host), address, `${address} is no longer an address of router ${was.name}`),
    );
};

/** Forwardings of a router, by all that tells them apart. */
const forwardingsOf = (topology: Topology, router: Router): Map<string, Forwarding> =>
  new Map(
    floatingIpsOf(topology, router).flatMap(({ floating_ip_address, port_forwardings }) =>
      port_forwardings.map((forwarding) => {
        const { protocol, external_port, internal_ip_address, internal_port } = forwarding;
        const key = [floating_ip_address, protocol, external_port, internal_ip_address, internal_port];
        return [key.join(' '), { ...forwarding, floating_ip_address }];
      }),
    ),
  );

type Forwarding = PortForwarding & Pick<FloatingIp, 'floating_ip_address'>;

/** Those that only the first has. */
const lacking = (
  one: ReadonlyMap<string, Forwarding>,
  other: ReadonlyMap<string, Forwarding>,
): Forwarding[] => [...one].flatMap(([key, forwarding]) => (other.has(key) ? [] : [forwarding]));

/** Forwardings that are no more, or go elsewhere (extensions/port_forwarding.py of the L3 agent). */
const endedForwardings = (before: Topology, after: Topology, was: Router, host: string): Effect[] =>
  lacking(forwardingsOf(before, was), forwardingsOf(after, was)).map(
    ({ floating_ip_address, protocol, external_port }): Effect => {
      const port = String(external_port);
      return {
        kind: 'run',
        ...placeOf(was, host),
        argv: ['conntrack', '-D', '-d', floating_ip_address, '-p', protocol, '--dport', port],
        codes: CODES,
        because: `${protocol} port ${port} of ${floating_ip_address} is no longer forwarded to where it was`,
      };
    },
  );

/**
 * New addresses (send_ip_addr_adv_notif of neutron/agent/linux/ip_lib.py). A new forwarding announces its floating IP
 * again, as the extension does.
 */
const announcements = (before: Topology | undefined, after: Topology, router: Router): Effect[] => {
  const keyOf = ({ device, mac_address, ip_address }: Held) => `${device} ${mac_address} ${ip_address}`;
  const was = before?.routers[router.name];
  const known = new Set(before && was ? addressesOf(before, was).map(keyOf) : []);
  const forwarded = before && was ? forwardingsOf(before, was) : new Map<string, Forwarding>();
  const again = new Set(
    lacking(forwardingsOf(after, router), forwarded).map((one) => one.floating_ip_address),
  );
  return addressesOf(after, router)
    .filter((held) => !known.has(keyOf(held)) || again.has(held.ip_address))
    .map(({ what, ...held }): Effect => {
      const because = `${held.ip_address} of ${what} is on router ${router.name}`;
      return { kind: 'announce', ...placeOf(router, router.hosts[0] ?? ''), ...held, because };
    });
};
