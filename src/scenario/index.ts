export { EVERYONE, type FrameOptions } from './frames.ts';
export { guest, type HopWord, journeyOver, tap, type Way, wire } from './hops.ts';
export { type Scenario, type ScenarioFile, type ScenarioOptions, scenarios } from './scenario.ts';
export type { OracleOptions, Stage } from './stage.ts';
export { localVlan } from './places.ts';
