/** Clouds of the benchmarks that need routers or filters. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { Cloud } from '../cloud/index.ts';
import { type CloudDocumentInput, loadCloud } from '../topology/index.ts';
import type { Lab } from './lab.ts';

/** A document that comes with the program. */
export const shipped = (name: string): CloudDocumentInput =>
  parse(
    readFileSync(fileURLToPath(new URL(`../../fixtures/clouds/${name}.yaml`, import.meta.url)), 'utf8'),
  ) as CloudDocumentInput;

/** What filters: `noop` is none. */
export const FIREWALLS = {
  noop: { firewall_driver: 'noop' },
  openvswitch: { firewall_driver: 'openvswitch' },
  'iptables_hybrid, ipset': { firewall_driver: 'iptables_hybrid', ipset: true },
  'iptables_hybrid, rules alone': { firewall_driver: 'iptables_hybrid', ipset: false },
} as const satisfies Record<string, CloudDocumentInput['options']>;

export type Firewall = keyof typeof FIREWALLS;

type Rule = NonNullable<
  NonNullable<CloudDocumentInput['security_groups']>[string]['security_group_rules']
>[number];

/** Addresses of members start at 10.0.16.0. */
const memberAddress = (i: number): string => `10.0.${16 + (i >> 8)}.${i & 255}`;

/**
 * A server on each compute host, both on one VXLAN network; web2 has the group `guarded` with these rules, and the
 * group `crowd` has so many ports that no server has plugged in.
 */
export function guardedBy(
  firewall: Firewall,
  rules: readonly Rule[],
  members = 0,
): CloudDocumentInput & { readonly cloud: string } {
  return {
    cloud: 'bench',
    underlay: 'demo-cluster',
    options: FIREWALLS[firewall],
    networks: { red: { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 5001 } },
    subnets: { red: { network: 'red', cidr: '10.0.0.0/16' } },
    security_groups: { guarded: { security_group_rules: [...rules] }, crowd: {} },
    ports: Object.fromEntries(
      Array.from({ length: members }, (_, i) => [
        `member${i}`,
        {
          network: 'red',
          fixed_ips: [{ ip_address: memberAddress(i + 1) }],
          security_groups: ['crowd'],
        },
      ]),
    ),
    servers: {
      web1: { host: 'compute1', networks: [{ network: 'red', fixed_ip: '10.0.1.11' }] },
      web2: {
        host: 'compute2',
        networks: [{ network: 'red', fixed_ip: '10.0.1.12' }],
        security_groups: ['guarded'],
      },
    },
  };
}

let clouds = 0;

/** Gone with this process. */
export async function startFrom(lab: Lab, document: CloudDocumentInput): Promise<Cloud> {
  const ready = await lab.ready();
  const name = `bench-classic-${process.pid}-${clouds++}`;
  return Cloud.up({ ...ready, topology: await loadCloud(document), name, lifetime: 'process' });
}
