/** What Neutron's agents do once because something changed: connections that they end, addresses that they announce. */
import type { Topology } from '../../topology/topology.ts';
import type { Effect } from '../target.ts';
import { balancerEffects } from './load-balancer/effects.ts';

/** Each part of the plugin adds its own. */
const parts: readonly ((before: Topology, after: Topology) => readonly Effect[])[] = [balancerEffects];

export const effects = (before: Topology, after: Topology): Effect[] =>
  parts.flatMap((part) => part(before, after));
