// `diagnose` is in doctor.ts: what every command loads stays small.
export type { Engine, EngineSource } from './engine.ts';
export { findEngine, type FindOptions } from './find-engine.ts';
export { type Datapath, DATAPATH_PROBE, probeDatapath, type ProbeOptions } from './probe-kernel.ts';
export { type WaitOptions, waitFor } from './wait.ts';
