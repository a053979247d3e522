/** Checked documents to a Topology. */
import { withoutPlaces } from './places.ts';
import { Problems } from './problems.ts';
import { resolveCloud } from './resolve-cloud.ts';
import { resolveUnderlay } from './resolve-underlay.ts';
import type { CloudDocument, UnderlayDocument } from './schema.ts';
import type { Allocations, Topology } from './topology.ts';

export function resolveTopology(
  cloud: CloudDocument,
  underlay: UnderlayDocument,
  options: { readonly previous?: Allocations } = {},
): Topology {
  const problems = new Problems();
  const topology = resolveCloud(cloud, resolveUnderlay(underlay), {
    problems,
    source: withoutPlaces(cloud.cloud),
    previous: options.previous ?? {},
  });
  problems.throwIfAny();
  return topology;
}
