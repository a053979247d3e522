/** Documents of the right shape to a Topology: checks first, choices after. */
import { checkCloud } from '../checks/cloud.ts';
import { checkUnderlay } from '../checks/underlay.ts';
import { checkVips } from '../checks/vips.ts';
import { checkHa, withHaNetworks } from '../declared/ha-networks.ts';
import { sourceOfVips, withVips } from '../declared/vips.ts';
import { withoutPlaces } from '../documents/places.ts';
import { type DocumentSource, Problems } from '../problems.ts';
import type { CloudDocument, UnderlayDocument } from '../schema/index.ts';
import type { Allocations, Topology, Underlay } from '../topology.ts';
import { resolveCloud } from './cloud.ts';
import { resolveUnderlay } from './underlay.ts';

export interface ResolveOptions {
  /** `allocations` of the Topology that runs: what was chosen then is kept wherever it is still possible. */
  readonly previous?: Allocations | undefined;
  /** Where the documents came from, for errors; without it they name the path in the document. */
  readonly cloudSource?: DocumentSource;
  readonly underlaySource?: DocumentSource;
}

/**
 * Resolves a cloud on its underlay. Pure: the same documents and previous allocations give the same Topology.
 * @throws NetdojoError the only mistake of a document, or DocumentErrors with all of them (exit code 2). The codes
 *   are in docs/documents.md.
 */
export function resolveTopology(
  cloud: CloudDocument,
  underlay: UnderlayDocument,
  options: ResolveOptions = {},
): Topology {
  return resolveOnUnderlay(cloud, resolveCheckedUnderlay(underlay, options.underlaySource), options);
}

/** As resolveTopology, on an underlay that is resolved already. */
export function resolveOnUnderlay(
  cloud: CloudDocument,
  underlay: Underlay,
  options: ResolveOptions,
): Topology {
  const problems = new Problems();
  const source = sourceOfVips(cloud, options.cloudSource ?? withoutPlaces(cloud.cloud));
  checkHa(cloud, problems.reportFor(source));
  checkVips(cloud, problems.reportFor(source));
  const document = withVips(withHaNetworks(cloud, underlay));
  checkCloud(document, underlay, problems.reportFor(source));
  problems.throwIfAny();
  const topology = resolveCloud(document, underlay, { problems, source, previous: options.previous ?? {} });
  problems.throwIfAny();
  return topology;
}

/**
 * Resolves an underlay.
 * @throws NetdojoError or DocumentErrors, as resolveTopology
 */
export function resolveCheckedUnderlay(document: UnderlayDocument, source?: DocumentSource): Underlay {
  const problems = new Problems();
  checkUnderlay(document, problems.reportFor(source ?? withoutPlaces(document.underlay)));
  problems.throwIfAny();
  return resolveUnderlay(document);
}
