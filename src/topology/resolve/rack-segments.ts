/** Which VLANs networks are within racks (hierarchical port binding). */

import type { DeclaredPort } from '../declared/ports.ts';
import { rackOf, reachesByRack } from '../racks.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Underlay } from '../topology.ts';
import type { ResolveContext } from './cloud.ts';
import { physicalNetwork } from './mtu.ts';
import { freeIds, rememberedAs, vlanRange } from './segmentation.ts';

/**
 * VLAN ids of networks in racks (allocate_dynamic_segment of ml2/managers.py): one for each rack in which a port of the
 * network is bound. Those of before are kept, and those that VLAN networks have are left out.
 */
export function allocateDynamicSegments(
  document: CloudDocument,
  underlay: Underlay,
  ports: readonly DeclaredPort[],
  segmentation: Readonly<Record<string, number>>,
  { previous, problems, source }: ResolveContext,
): Record<string, Record<string, number>> {
  const chosen: Record<string, Record<string, number>> = {};
  const before = previous['dynamic_segment'] ?? {};
  const wanted = new Map<string, { network: string; physical: string }>();
  for (const { network, host } of ports) {
    const type = document.networks[network]?.['provider:network_type'];
    if (host === undefined || type === undefined || !reachesByRack(underlay, host, type)) continue;
    const physical = rackOf(underlay, host)?.network.physical_network ?? '';
    wanted.set(rememberedAs(network, physical), { network, physical });
  }
  const used = new Map<string, Set<number>>();
  const usedOn = (physical: string): Set<number> => {
    const networks = Object.entries(document.networks).filter(
      ([, one]) => one['provider:physical_network'] === physical,
    );
    const ids = used.get(physical) ?? new Set(networks.flatMap(([name]) => segmentation[name] ?? []));
    used.set(physical, ids);
    return ids;
  };
  const take = (network: string, physical: string, id: number): void => {
    usedOn(physical).add(id);
    chosen[network] = { ...chosen[network], [physical]: id };
  };
  for (const [key, { network, physical }] of wanted) {
    const id = before[key];
    if (id !== undefined && !usedOn(physical).has(Number(id))) take(network, physical, Number(id));
  }
  for (const { network, physical } of wanted.values()) {
    if (chosen[network]?.[physical] !== undefined) continue;
    const ranges = physicalNetwork(underlay, physical)?.network_vlan_ranges ?? [];
    const { value, done } = freeIds(ranges.map(vlanRange), usedOn(physical)).next();
    if (done !== true) take(network, physical, value);
    else {
      problems.add(source, ['networks', network], 'key', {
        code: 'ND_SEGMENTATION_EXHAUSTED',
        message: `no VLAN id is left for network "${network}" in the rack of physical network "${physical}"`,
        expected: 'no more networks in a rack than its network_vlan_ranges have ids',
        hint: 'widen network_vlan_ranges in the underlay document',
      });
    }
  }
  return chosen;
}

/** As they are remembered: by network and physical network. */
export const dynamicAllocations = (
  segments: Readonly<Record<string, Readonly<Record<string, number>>>>,
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(segments).flatMap(([network, ids]) =>
      Object.entries(ids).map(([physical, id]) => [rememberedAs(network, physical), id]),
    ),
  );
