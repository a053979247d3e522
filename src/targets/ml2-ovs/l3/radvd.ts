/** Router advertisements: CONFIG_TEMPLATE and DaemonMonitor of neutron/agent/linux/ra.py. */
import type { Ipv6Mode, Subnet, Topology } from '../../../topology/topology.ts';
import type { ServicePort } from '../bindings.ts';
import type { NodeBuilder } from '../node.ts';
import type { RouterParts } from './router.ts';

/** MAX_RDNSS_ENTRIES. */
const MOST_SERVERS = 3;
/** Least MTU of a link with IPv6 (RFC 8200, 5). */
const LEAST_MTU = 1280;

/** The part of radvd.conf about one device; today's end with the way to the metadata service. */
function interfaceConf(
  { tap, network }: ServicePort,
  subnets: readonly Subnet[],
  { release }: Topology['options'],
): string {
  const modes = new Set(subnets.map(({ ipv6_ra_mode }) => ipv6_ra_mode));
  const has = (mode: Ipv6Mode): boolean => modes.has(mode);
  const servers = subnets
    .filter(({ ipv6_ra_mode }) => ipv6_ra_mode === 'slaac')
    .flatMap(({ dns_nameservers }) => dns_nameservers)
    .slice(0, MOST_SERVERS);
  const prefix = ({ cidr, ipv6_ra_mode }: Subnet): string[] =>
    ipv6_ra_mode === undefined
      ? []
      : [
          `   prefix ${cidr}`,
          '   {',
          '        AdvOnLink on;',
          `        AdvAutonomous ${ipv6_ra_mode === 'dhcpv6-stateful' ? 'off' : 'on'};`,
          '   };',
        ];
  return [
    `interface ${tap}`,
    '{',
    '   AdvSendAdvert on;',
    // min_rtr_adv_interval and max_rtr_adv_interval of l3_agent.ini.
    '   MinRtrAdvInterval 30;',
    '   MaxRtrAdvInterval 100;',
    ...(release === 'now' && network.mtu >= LEAST_MTU ? [`   AdvLinkMTU ${network.mtu};`] : []),
    ...(has('dhcpv6-stateless') ? ['   AdvOtherConfigFlag on;'] : []),
    ...(has('dhcpv6-stateful') ? ['   AdvManagedFlag on;'] : []),
    ...(release === 'now' && servers.length > 0 ? [`   RDNSS ${servers.join(' ')} {};`] : []),
    ...subnets.flatMap(prefix),
    ...(release === 'now' && network.mtu >= LEAST_MTU ? ['   route fe80::a9fe:a9fe/128 {', '   };'] : []),
    '};',
    '',
  ].join('\n');
}

export const radvdFiles = (routerId: string): { readonly conf: string; readonly pid: string } => ({
  conf: `/var/lib/neutron/ra/${routerId}.radvd.conf`,
  pid: `/var/lib/neutron/ra/${routerId}.pid.radvd`,
});

type Advertised = Pick<RouterParts, 'router' | 'inside' | 'owner'>;

const advertised = ({ owner, router }: Advertised): Advertised['owner'] => ({
  ...owner,
  purpose: `router ${router.name}: advertisements of IPv6`,
});

/** Writes down what a router is to say of its IPv6 subnets. Whether there is anything. */
export function radvdConf(node: NodeBuilder, topology: Topology, parts: Advertised): boolean {
  const spoken = parts.inside.flatMap((device) => {
    const subnets = device.port.fixed_ips.flatMap(({ subnet }) => topology.subnets[subnet] ?? []);
    const own = subnets.filter(
      ({ ip_version, ipv6_ra_mode }) => ip_version === 6 && ipv6_ra_mode !== undefined,
    );
    return own.length === 0 ? [] : [interfaceConf(device, own, topology.options)];
  });
  if (spoken.length === 0) return false;
  const path = radvdFiles(parts.router.id).conf;
  // radvd takes no file that others may write.
  node.file({ path, text: spoken.join(''), mode: 0o444, owner: advertised(parts) });
  return true;
}

/** One radvd for a router with IPv6 subnets that it is to speak of. */
export function advertisements(
  node: NodeBuilder,
  topology: Topology,
  parts: Advertised,
  namespace: string,
): void {
  if (!radvdConf(node, topology, parts)) return;
  const { id } = parts.router;
  const { conf, pid } = radvdFiles(id);
  node.process({
    name: `radvd-${id}`,
    namespace,
    argv: ['radvd', '-n', '-C', conf, '-p', pid, '-m', 'stderr'],
    files: [conf],
    reload: 'hup',
    // As the agent ends it: its last word would be that it is no router any more.
    stop: 'kill',
    owner: advertised(parts),
  });
}
