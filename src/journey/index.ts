export {
  type Comparison,
  compare,
  type Difference,
  type DifferenceCode,
  differenceCodes,
  type DifferencePlace,
  isMereLoss,
  type Row,
} from './compare.ts';
export { isRouted, translationsBetween } from './describe.ts';
export { labelOf } from './label.ts';
export { type HeaderDifference, headerDifferences, satisfies } from './satisfies.ts';
export type { TellOptions } from './style.ts';
export { tellComparison, type TellComparisonOptions } from './tell-comparison.ts';
export { tellJourney, type TellJourneyOptions } from './tell-journey.ts';
export { type HopJson, type JourneyJson, journeyToJson } from './to-json.ts';
export type {
  BridgeStep,
  Constraint,
  ExpectedHop,
  ExpectedJourney,
  Headers,
  Hop,
  HopKind,
  Journey,
  KernelStep,
  Point,
  Sighting,
  Tunnel,
  Verdict,
} from './types.ts';
export { hopKinds, verdicts } from './types.ts';
export { hopsBelow, judge, type Judgement, type JudgeOptions, type Recipients } from './verdict.ts';
