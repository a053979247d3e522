/** Documents to Topology: what the user declares, with every name resolved and every default and address chosen. */
export { loadCloud } from './load.ts';
export { DocumentErrors, errorsOf } from './problems.ts';
export { resolveTopology } from './resolve.ts';
export * from './schema.ts';
export type * from './topology.ts';
