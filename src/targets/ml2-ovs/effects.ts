/** What Neutron's agents do once because something changed: connections that they end, addresses that they announce. */
import type { Topology } from '../../topology/topology.ts';
import type { Chosen, Effect } from '../target.ts';
import { dhcpEffects } from './dhcp/effects.ts';
import { distributedEffects } from './dvr/effects.ts';
import { firewallEffects } from './firewall/effects.ts';
import { fwaasEffects } from './fwaas/effects.ts';
import { routerEffects } from './l3/effects.ts';
import { balancerEffects } from './load-balancer/effects.ts';

/** Each part of the plugin adds its own. */
const parts: readonly ((before: Topology, after: Topology, chosen: Chosen) => readonly Effect[])[] = [
  firewallEffects,
  routerEffects,
  distributedEffects,
  fwaasEffects,
  dhcpEffects,
  balancerEffects,
];

export const effects = (before: Topology, after: Topology, chosen: Chosen): Effect[] =>
  parts.flatMap((part) => part(before, after, chosen));
