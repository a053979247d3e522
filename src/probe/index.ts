export * from './probes.ts';
