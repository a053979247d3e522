/** HaRouter of neutron/agent/l3/ha_router.py: what a host holds of a router that is active on one host at a time. */
import type { AddressState, RouteState } from '../../../state/types.ts';
import type { RouterVrrp, Topology } from '../../../topology/topology.ts';
import type { ServicePort } from '../bindings.ts';
import type { NodeBuilder } from '../node.ts';
import { conntrackdConf, conntrackdScript, stateChangeScript } from './conntrackd.ts';
import { HA_IPV6_SYSCTLS, ipv6StateChangeScript, linkLocalAddresses } from './ha-ipv6.ts';
import { checkScript, keepalivedConf, primaryVip } from './keepalived.ts';
import { radvdConf, radvdFiles } from './radvd.ts';
import type { RouterParts } from './router.ts';

/** ha_confs_path of the agent's configuration. */
const CONFS = '/var/lib/neutron/ha_confs';

/** 0o520 of write_check_script, and what else must be able to run. */
const EXECUTABLE = 0o520;

/** HaRouterNamespace: applications on a standby may bind to addresses that it does not have yet. */
export const HA_SYSCTLS = { 'net/ipv4/ip_nonlocal_bind': '1' } as const;

export interface Replica extends RouterParts {
  readonly vrrp: RouterVrrp;
  readonly namespaceName: string;
  /** The ha- device. */
  readonly ha: ServicePort;
  /** What the host has while the router is active on it. */
  readonly addresses: readonly AddressState[];
  readonly routes: readonly RouteState[];
  /** The qg- device, where router advertisements from outside are heeded. */
  readonly told: ServicePort | undefined;
}

/** The ha- device with its address, keepalived with all others, and conntrackd where it is wanted. */
export function haReplica(node: NodeBuilder, topology: Topology, replica: Replica): void {
  const { vrrp, namespace, namespaceName, ha, routes } = replica;
  const { id, name } = replica.router;
  const { options, subnets } = topology;
  const owner = { kind: 'router', name, purpose: `router ${name}: which host is active` } as const;
  const [own] = ha.port.fixed_ips;
  if (own !== undefined) {
    const prefix = subnets[own.subnet]?.cidr.split('/')[1] ?? '32';
    namespace.address(ha.tap, `${own.ip_address}/${prefix}`);
  }
  const folder = `${CONFS}/${id}`;
  const linkLocal = ipv6Replica(node, topology, replica, folder);
  const addresses = [...replica.addresses, ...linkLocal];
  const conf = `${folder}/keepalived.conf`;
  const gateways = routes.flatMap(({ destination, via }) =>
    isEverywhere(destination) && via !== undefined ? [via] : [],
  );
  const checks = options.ha_vrrp_health_check_interval > 0 && gateways.length > 0;
  const script = `${folder}/ha_check_script_${vrrp.ha_vr_id}.sh`;
  if (checks) node.file({ path: script, text: checkScript(addresses, gateways), mode: EXECUTABLE, owner });
  const virtual = { vrId: vrrp.ha_vr_id, device: ha.tap, addresses, routes: virtualRoutes(replica) };
  node.file({
    path: conf,
    text: keepalivedConf({ ...virtual, ...(checks ? { script } : {}) }, options),
    owner,
  });
  const pid = `${CONFS}/${id}.pid.keepalived`;
  node.process({
    name: `keepalived-${id}`,
    namespace: namespaceName,
    // In the foreground, with its log on its standard streams; the rest as Neutron starts it.
    argv: ['keepalived', '-n', '-l', '-D', '-P', '-f', conf, '-p', pid, '-r', `${pid}-vrrp`],
    files: [conf],
    reload: 'hup',
    // KeepalivedManager throttles (THROTTLER_MULTIPLIER of ha_router.py): reloads in a row cost the mastership.
    reload_interval: THROTTLE * options.ha_vrrp_advert_int,
    owner,
  });
  if (options.ha_conntrackd_enabled && own !== undefined)
    connectionSync(node, replica, { folder, address: own.ip_address });
}

const THROTTLE = 1.5;

const isEverywhere = (destination: string): boolean => destination === '0.0.0.0/0' || destination === '::/0';

/** KeepalivedInstanceRoutes: gateways, the router's own routes, by whatever device, and subnets beside its own. */
function virtualRoutes({ router, routes }: Replica): RouteState[] {
  const isOwn = ({ destination }: RouteState): boolean =>
    router.routes.some((route) => route.destination === destination);
  const others = routes.filter((route) => !isOwn(route));
  return [
    ...others.filter(({ via }) => via !== undefined),
    ...router.routes
      .filter(({ destination }) => routes.some((route) => route.destination === destination))
      .map(({ destination, nexthop: via }) => ({ destination, via })),
    ...others.filter(({ via }) => via === undefined),
  ];
}

/** What is not keepalived's; the link-local addresses, which are, come back. None without IPv6. */
function ipv6Replica(
  node: NodeBuilder,
  topology: Topology,
  replica: Replica,
  folder: string,
): readonly AddressState[] {
  const { router, namespace, namespaceName, ha, inside, outside, vrrp, addresses, told } = replica;
  if (!addresses.some(({ cidr }) => cidr.includes(':'))) return [];
  namespace.sysctls(HA_IPV6_SYSCTLS);
  const linkLocal = linkLocalAddresses(outside === undefined ? inside : [...inside, outside]);
  // Of a distributed router each host's own part speaks to servers.
  const spoken = !router.distributed && radvdConf(node, topology, replica);
  const path = `${folder}/ipv6.sh`;
  const purpose = `router ${router.name}: IPv6 where it is active`;
  const owner = { kind: 'router', name: router.name, purpose } as const;
  const vip = primaryVip(vrrp.ha_vr_id);
  const files = radvdFiles(router.id);
  const text = ipv6StateChangeScript({ device: ha.tap, vip, ...(router.distributed ? {} : files) });
  node.file({ path, text, mode: EXECUTABLE, owner });
  node.process({
    name: `ipv6-${router.id}`,
    namespace: namespaceName,
    argv: told === undefined ? [path] : [path, told.tap],
    files: spoken ? [path, files.conf] : [path],
    reload: 'hup',
    // With it radvd.
    stop: 'kill',
    owner,
  });
  return linkLocal;
}

function connectionSync(
  node: NodeBuilder,
  { router: { id, name }, vrrp, namespaceName: namespace, ha }: Replica,
  { folder, address }: { readonly folder: string; readonly address: string },
): void {
  const owner = {
    kind: 'router',
    name,
    purpose: `router ${name}: connections known to all its hosts`,
  } as const;
  const vrId = vrrp.ha_vr_id;
  const conf = `${folder}/conntrackd.conf`;
  const start = `${folder}/conntrackd.sh`;
  const change = `${folder}/state-change.sh`;
  const vip = primaryVip(vrId);
  node.file({ path: conf, text: conntrackdConf({ vrId, device: ha.tap, address, folder }), owner });
  node.file({ path: start, text: conntrackdScript(folder), mode: EXECUTABLE, owner });
  node.file({ path: change, text: stateChangeScript(folder, ha.tap, vip), mode: EXECUTABLE, owner });
  const script = { namespace, reload: 'restart', owner } as const;
  node.process({ ...script, name: `conntrackd-${id}`, argv: [start], files: [start, conf] });
  node.process({ ...script, name: `state-change-${id}`, argv: [change], files: [change] });
}
