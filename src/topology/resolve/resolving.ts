/** What the parts of a cloud are resolved with, once its networks and ports are. */
import type { Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Network, Port, Subnet, Underlay } from '../topology.ts';

export interface Resolving {
  readonly document: CloudDocument;
  readonly underlay: Underlay;
  readonly networks: Readonly<Record<string, Network>>;
  readonly subnets: Readonly<Record<string, Subnet>>;
  readonly ports: Readonly<Record<string, Port>>;
  readonly idOf: IdOf;
  /** For mistakes that show only now that addresses are known. */
  readonly report: Report;
}

/** The id that is given, or the one derived from names. */
export type IdOf = (kind: string, name: string, given?: string) => string;

export function mapRecord<In, Out>(
  record: Readonly<Record<string, In>>,
  change: (name: string, value: In) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(name, value)]));
}

/** exactOptionalPropertyTypes: an attribute that is left out is absent, not undefined. */
export function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  // A computed key widens to string, hence the assertion.
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}
