export { assemble } from './assemble.ts';
export {
  type CapturedFrame,
  type CorrelateOptions,
  correlate,
  findPackets,
  journeyOf,
  type Observation,
  type ObservedPacket,
  type PacketFilter,
} from './correlate.ts';
export { headersOf } from './headers.ts';
export { type Identified, identify } from './identify.ts';
export { begunSince } from './in-flight.ts';
export { type Points, pointId, pointsOf } from './points.ts';
export { asTheyPassed } from './shared-fragments.ts';
