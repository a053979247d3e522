export type { FabricOptions } from './fabric-ovs.ts';
export type { ArrivingPacket } from './from-wire.ts';
export type {
  ArpReplyPacket,
  ArpRequestPacket,
  BroadcastPacket,
  GratuitousArpPacket,
  L2Packet,
  RarpPacket,
  UnicastPacket,
  UnknownUnicastPacket,
} from './packets.ts';
export { type AnyPacket, predict, predictL2, type PredictOptions } from './predict.ts';
export type { Known } from './semantics.ts';
