export { Agent, type Channel, type RunResult } from './agent/connection.ts';
export { type CapturedRecord, captureRecords } from './agent/frames.ts';
export { Cluster, type ConnectOptions, type Stage, type StartOptions } from './cluster.ts';
export { type Engine, findEngine, type FindOptions, probeDatapath } from './find/index.ts';
export { ensureNodeImage, imageReference, type ImageOptions } from './image/index.ts';
export { gc, type GcReport, listOwned, sweep } from './own/index.ts';
export type { DatapathType } from './ovsdb/operations.ts';
