/** Segmentation ids: VNIs, GRE keys and VLAN ids, each unique where it is used. */

import type { CloudDocument, NetworkType } from '../schema/index.ts';
import type { Allocations, Underlay } from '../topology.ts';
import type { ResolveContext } from './cloud.ts';
import { physicalNetwork } from './mtu.ts';

type DeclaredNetwork = CloudDocument['networks'][string];

/** Ids that a type's header has room for: 24 bits of VNI (RFC 7348), 32 bits of key (RFC 2890), 12 bits of VLAN id. */
export const SEGMENTATION_IDS: Readonly<
  Partial<Record<NetworkType, { first: number; last: number; called: string }>>
> = {
  vlan: { first: 1, last: 4094, called: 'VLAN id' },
  vxlan: { first: 1, last: 0xff_ff_ff, called: 'VNI' },
  gre: { first: 1, last: 0xff_ff_ff_ff, called: 'GRE key' },
};

export function vlanRange(text: string): { first: number; last: number } {
  const [first = 0, last = 0] = text.split(':').map(Number);
  return { first, last };
}

/** Networks of one space must differ in their ids: a type, and for VLANs the physical network. */
export function segmentationSpace(network: DeclaredNetwork): string {
  const type = network['provider:network_type'];
  return type === 'vlan' ? `vlan ${network['provider:physical_network'] ?? ''}` : type;
}

/** The ids of all networks that have one: explicit ones first, then those of before, then the lowest that is free. */
export function allocateSegmentation(
  document: CloudDocument,
  underlay: Underlay,
  { previous, problems, source }: ResolveContext,
): Record<string, number> {
  const used = new Map<string, Set<number>>();
  const usedIn = (network: DeclaredNetwork) => {
    const space = segmentationSpace(network);
    const ids = used.get(space) ?? new Set(dynamicBefore(previous, network['provider:physical_network']));
    used.set(space, ids);
    return ids;
  };
  const networks = Object.entries(document.networks).filter(
    ([, network]) => SEGMENTATION_IDS[network['provider:network_type']] !== undefined,
  );
  const chosen = new Map<string, number>();
  const choose = (name: string, network: DeclaredNetwork, id: number) => {
    usedIn(network).add(id);
    chosen.set(name, id);
  };

  for (const [name, network] of networks) {
    const id = network['provider:segmentation_id'];
    if (id !== undefined) choose(name, network, id);
  }
  const before = previous['segmentation'] ?? {};
  for (const [name, network] of networks) {
    const id = Object.hasOwn(before, name) ? Number(before[name]) : undefined;
    if (id === undefined || chosen.has(name) || usedIn(network).has(id)) continue;
    if (rangesOf(network, underlay).some(({ first, last }) => first <= id && id <= last))
      choose(name, network, id);
  }
  const next = new Map<string, Generator<number>>();
  for (const [name, network] of networks) {
    if (chosen.has(name)) continue;
    const space = segmentationSpace(network);
    const free = next.get(space) ?? freeIds(rangesOf(network, underlay), usedIn(network));
    next.set(space, free);
    const { value, done } = free.next();
    if (done !== true) choose(name, network, value);
    else {
      problems.add(source, ['networks', name], 'key', {
        code: 'ND_SEGMENTATION_EXHAUSTED',
        message: `no VLAN id is left for network "${name}" on physical network "${network['provider:physical_network']}"`,
        expected: 'no more VLAN networks than its network_vlan_ranges have ids',
        hint: 'widen network_vlan_ranges in the underlay document',
      });
    }
  }
  return Object.fromEntries(
    networks.flatMap(([name]) => (chosen.has(name) ? [[name, chosen.get(name) ?? 0]] : [])),
  );
}

function rangesOf(network: DeclaredNetwork, underlay: Underlay): { first: number; last: number }[] {
  const type = network['provider:network_type'];
  if (type === 'vlan') {
    const physical = physicalNetwork(underlay, network['provider:physical_network']);
    return physical?.network_vlan_ranges.map(vlanRange) ?? [];
  }
  const ids = SEGMENTATION_IDS[type];
  return ids === undefined ? [] : [ids];
}

export function* freeIds(
  ranges: readonly { first: number; last: number }[],
  used: ReadonlySet<number>,
): Generator<number> {
  for (const { first, last } of ranges) for (let id = first; id <= last; id++) if (!used.has(id)) yield id;
}

/** How the VLAN id of a network in a rack is remembered. */
export const rememberedAs = (network: string, physical: string): string => `${network} ${physical}`;

/** VLAN ids of a physical network that were chosen before: no network that comes is to take one. */
const dynamicBefore = ({ dynamic_segment = {} }: Allocations, physical: string | undefined): number[] =>
  Object.entries(dynamic_segment).flatMap(([key, id]) =>
    key.split(' ')[1] === physical ? [Number(id)] : [],
  );
