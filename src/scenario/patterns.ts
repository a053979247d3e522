/**
 * The patterns in which operators ran the OVS plugin: where a network ends (L3: at a router of the cloud, in a namespace
 * of a network node; L2: at a physical router, and servers sit on its network) and what carries it between hosts. A story
 * is told once and played in each pattern that it applies to.
 *
 * L2 with a tunnel is not among them: Neutron itself has nothing that joins a tunnelled network to a physical one.
 */
import { type CloudDocumentInput, defineCloud } from '../topology/index.ts';

export interface Pattern {
  readonly name: string;
  readonly termination: 'L3' | 'L2';
  readonly encapsulation: 'vxlan' | 'gre' | 'vlan' | 'flat';
}

/** Patterns in which the cloud's own routers route. */
export const routedPatterns = [
  { name: 'l3-vxlan', termination: 'L3', encapsulation: 'vxlan' },
  { name: 'l3-gre', termination: 'L3', encapsulation: 'gre' },
  { name: 'l3-vlan', termination: 'L3', encapsulation: 'vlan' },
] as const satisfies readonly Pattern[];

/** Patterns in which a physical router routes, between networks that are its own. */
export const providerPatterns = [
  { name: 'l2-vlan', termination: 'L2', encapsulation: 'vlan' },
  { name: 'l2-flat', termination: 'L2', encapsulation: 'flat' },
] as const satisfies readonly Pattern[];

/** VLAN ids, VNIs and GRE keys of the tenants' networks, in the order of the document. */
const FIRST_SEGMENT = { vxlan: 7001, gre: 8001, vlan: 101 } as const;

/** The same cloud with its tenants' networks carried as an L3 pattern says. */
export function inPattern(
  document: CloudDocumentInput,
  { encapsulation }: (typeof routedPatterns)[number],
): CloudDocumentInput {
  const { networks, ...rest } = defineCloud(document);
  let segment: number = FIRST_SEGMENT[encapsulation];
  const carried = Object.entries(networks).map(([name, network]) => {
    if (network['router:external']) return [name, network] as const;
    const { 'provider:physical_network': _physical, ...others } = network;
    return [
      name,
      {
        ...others,
        'provider:network_type': encapsulation,
        'provider:segmentation_id': segment++,
        ...(encapsulation === 'vlan' ? { 'provider:physical_network': 'physnet1' } : {}),
      },
    ] as const;
  });
  return { ...rest, networks: Object.fromEntries(carried) };
}
