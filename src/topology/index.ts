/** Documents to Topology: what the user declares, with every name resolved and every default and address chosen. */
export * from './addresses.ts';
export { defineCloud, defineUnderlay, toYaml } from './define-cloud.ts';
export { type CloudInput, type LoadOptions, loadCloud, loadUnderlay, shippedUnderlays } from './load.ts';
export { linkLocalAddress } from './ipv6.ts';
export { DocumentErrors, errorsOf } from './problems.ts';
export { type ResolveOptions, resolveTopology } from './resolve.ts';
export { nextHostOfRouter, rescheduleFrom } from './rescheduling.ts';
export { hostsOfPort, routerOfReplica } from './replicas.ts';
export * from './schema.ts';
export type * from './topology.ts';
