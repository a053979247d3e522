/**
 * keepalived.conf of a router with ha, as KeepalivedConf and KeepalivedInstance of neutron/agent/linux/keepalived.py
 * write it. Addresses and routes are keepalived's own: they are where the router is active, and nowhere else.
 */
import type { AddressState, RouteState } from '../../../state/types.ts';
import type { Options } from '../../../topology/schema/index.ts';

/** HA_DEFAULT_PRIORITY; all hosts alike, so that whoever is active stays so (nopreempt). */
const PRIORITY = 50;
/** GARP_PRIMARY_DELAY: addresses are announced once more after so many seconds. Juno leaves keepalived its own 5. */
const GARP_DELAY = 60;

/**
 * get_primary_vip: the only address that VRRP itself announces. It says which host is active, and never changes, since
 * keepalived would let go of everything if it did.
 */
export const primaryVip = (vrId: number): string => `169.254.0.${vrId}/24`;

export interface Virtual {
  readonly vrId: number;
  /** The ha- device. */
  readonly device: string;
  readonly addresses: readonly AddressState[];
  readonly routes: readonly RouteState[];
  /** Path of the script that pings the gateways; absent where nothing is checked. */
  readonly script?: string;
}

export function keepalivedConf(virtual: Virtual, options: Options): string {
  const { vrId, device, addresses, routes, script } = virtual;
  const { release, ha_vrrp_advert_int: interval, ha_vrrp_health_check_interval: checked } = options;
  const now = release === 'now';
  const noTrack = now ? ' no_track' : '';
  const check = `ha_health_check_${vrId}`;
  const vips = addresses
    .toSorted((a, b) => (a.cidr < b.cidr ? -1 : 1))
    .map((one) => `${one.cidr} dev ${one.device}${isLinkLocal(one.cidr) ? ' scope link' : ''}${noTrack}`);
  const ways = routes.map((route) => `${routeText(route)}${noTrack}${now ? ' protocol static' : ''}`);
  return [
    'global_defs {',
    '    notification_email_from neutron@openstack.local',
    '    router_id neutron',
    ...(Number.isInteger(interval) ? [] : ['    vrrp_version 3']),
    '}',
    ...(script === undefined
      ? []
      : [
          `vrrp_script ${check} {`,
          ...inner([`script "${script}"`, `interval ${checked}`, 'fall 2', 'rise 2']),
          '}',
        ]),
    `vrrp_instance VR_${vrId} {`,
    '    state BACKUP',
    `    interface ${device}`,
    `    virtual_router_id ${vrId}`,
    `    priority ${PRIORITY}`,
    ...(now ? [`    garp_master_delay ${GARP_DELAY}`] : []),
    '    nopreempt',
    `    advert_int ${interval}`,
    ...block('track_interface', [device]),
    ...block('virtual_ipaddress', [`${primaryVip(vrId)} dev ${device}`]),
    ...(vips.length > 0 ? block('virtual_ipaddress_excluded', vips) : []),
    ...(ways.length > 0 ? block('virtual_routes', ways) : []),
    ...(script === undefined ? [] : block('track_script', [check])),
    '}',
    '',
  ].join('\n');
}

const isLinkLocal = (cidr: string): boolean => cidr.startsWith('fe80:');

const inner = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);

const block = (name: string, lines: readonly string[]): string[] =>
  inner([`${name} {`, ...inner(lines), '}']);

const routeText = ({ destination, via, device }: RouteState): string =>
  via === undefined
    ? `${destination} dev ${device} scope link`
    : `${destination} via ${via}${device === undefined ? '' : ` dev ${device}`}`;

/** KeepalivedTrackScript: who does not have the router's addresses has nothing to check. */
export const checkScript = (addresses: readonly AddressState[], gateways: readonly string[]): string => {
  const [first] = addresses;
  return [
    '#!/bin/bash -eu',
    ...(first === undefined ? [] : [`ip a | grep ${first.cidr.split('/')[0]} || exit 0`]),
    ...gateways.map(
      (address) => `${address.includes(':') ? 'ping6' : 'ping'} -c 1 -w 1 ${address} 1>/dev/null || exit 1`,
    ),
    '',
  ].join('\n');
};
