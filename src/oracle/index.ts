export { type ActiveRouters, atPresent } from './active.ts';
export { type Connection, type Connections, learnPorts, type Tuple, tupleOf } from './connections.ts';
export type { FabricOptions } from './fabric-ovs.ts';
export type { ArrivingPacket } from './from-wire.ts';
export { outliving } from './firewall-changes.ts';
export { surviving } from './nat.ts';
export type {
  ArpReplyPacket,
  ArpRequestPacket,
  BroadcastPacket,
  GratuitousArpPacket,
  IpPacket,
  L2Packet,
  RarpPacket,
  UnicastPacket,
  UnknownUnicastPacket,
} from './packets.ts';
export {
  type AnyPacket,
  foresee,
  heardIn,
  type Prediction,
  type PredictOptions,
  predict,
} from './predict.ts';
export type { Known } from './semantics.ts';
