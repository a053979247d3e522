/** Documents on neutron-reference: two networks behind a network outside. */

import type { Allocations, CloudDocumentInput, Topology } from '../index.ts';
import { defineCloud, loadUnderlay } from '../index.ts';
import { resolveOnUnderlay } from './resolve.ts';

const underlay = await loadUnderlay('neutron-reference');

export type Parts = Omit<CloudDocumentInput, 'cloud' | 'underlay'>;

export function resolve(document: Parts, previous?: Allocations): Topology {
  const cloud = defineCloud({ cloud: 'test', underlay: 'neutron-reference', ...document });
  return resolveOnUnderlay(cloud, underlay, { previous });
}

export const external = {
  'provider:network_type': 'flat',
  'provider:physical_network': 'external',
  'router:external': true,
} as const;

export const base = {
  networks: { public: external, red: {}, blue: {} },
  subnets: {
    outside: { network: 'public', cidr: '203.0.113.0/24' },
    inside: { network: 'red', cidr: '10.0.1.0/24' },
    beyond: { network: 'blue', cidr: '10.0.2.0/24' },
  },
} satisfies Parts;

export const portsOf = ({ ports }: Topology) =>
  Object.values(ports).map((port) =>
    [
      port.name,
      port.device_owner || 'nobody',
      port.fixed_ips.map(({ ip_address }) => ip_address).join(' ') || '-',
      port['binding:host_id'] ?? 'unbound',
      port.security_groups.join(' ') || '-',
    ].join(' | '),
  );
