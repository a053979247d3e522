export { ALPHA, type Counts, countsOf, cycleOf, type Fit, fitOf, turns } from './distribution.ts';
export { EVERYONE, type FrameOptions } from './frames.ts';
export { cutOff } from './cut-off.ts';
export { cloudDocument } from './file-cloud.ts';
export { guest, type HopWord, journeyOver, service, tap, type Way, wire } from './hops.ts';
export { inPattern, type Pattern, providerPatterns, routedPatterns } from './patterns.ts';
export { type Scenario, type ScenarioFile, type ScenarioOptions, scenarios } from './scenario.ts';
export type { OracleOptions, Stage } from './stage.ts';
export { localVlan } from './places.ts';
