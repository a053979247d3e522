/** Documents to Topology: what the user declares, with every name resolved and every default and address chosen. */
export * from './addresses.ts';
export { nextHostOfRouter, rescheduleFrom, writeHosts } from './declared/rescheduling.ts';
export { defineCloud, defineUnderlay, toYaml } from './documents/define-cloud.ts';
export {
  type CloudInput,
  type LoadOptions,
  loadCloud,
  loadUnderlay,
  shippedUnderlays,
} from './documents/load.ts';
export { linkLocalAddress } from './ipv6.ts';
export { DocumentErrors, errorsOf } from './problems.ts';
export { hostsOfPort, routerOfReplica } from './replicas.ts';
export { type ResolveOptions, resolveTopology } from './resolve/resolve.ts';
export * from './schema/index.ts';
export type * from './topology.ts';
