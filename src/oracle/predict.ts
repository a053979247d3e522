/** Topology and packet → what must happen. */
import { NetdojoError } from '../errors/index.ts';
import type { ExpectedJourney } from '../journey/types.ts';
import type { Topology } from '../topology/topology.ts';
import { carry, type FabricOptions } from './fabric-ovs.ts';
import { frameOf, type L2Packet } from './packets.ts';
import { type ArrivingPacket, predictArrival } from './from-wire.ts';
import { type Seat, seatsOf } from './seats.ts';
import { fateOf, type Knowledge } from './semantics.ts';

export interface PredictOptions extends FabricOptions, Knowledge {}

/**
 * What must happen to a packet that a port of a server sends, within its network. The first journey is the packet's; a
 * second one is the reply that the cloud itself makes to an ARP request. Throws ND_ORACLE_PORT for a port that no server
 * holds.
 */
export function predictL2(
  topology: Topology,
  packet: L2Packet,
  options: PredictOptions = {},
): ExpectedJourney[] {
  const seats = seatsOf(topology);
  const sender = seatOf(seats, packet.from);
  if ('to' in packet && packet.to !== undefined) seatOf(seats, packet.to);
  const frame = frameOf(packet, sender, seats);
  const fate = fateOf(topology, packet, frame, sender, seats, options);
  const { roots, copies, answer } = carry(topology, frame, sender, seats, fate, options);

  const strays = copies.filter((seat) => !fate.must.includes(seat));
  // What is for everybody is for those too whom it need not have reached.
  const addressed = fate.answerable ? copies : fate.must;
  const points = (list: readonly { readonly point: string }[]): string[] => list.map(({ point }) => point);
  const journeys: ExpectedJourney[] = [
    {
      packet: frame.label,
      verdict: fate.verdict,
      receivers: points(addressed),
      bystanders: fate.answerable ? [] : points(strays),
      forbidden: points(seats.filter((seat) => seat !== sender && !copies.includes(seat))),
      roots,
    },
  ];
  if (answer) {
    journeys.push({
      packet: `arp ${frame.target_ip} is-at ${answer.owner.port.mac_address}`,
      verdict: 'delivered',
      receivers: [sender.point],
      bystanders: [],
      forbidden: points(seats.filter((seat) => seat !== sender)),
      roots: answer.roots,
    });
  }
  return journeys;
}

function seatOf(seats: readonly Seat[], name: string): Seat {
  const seat = seats.find(({ port }) => port.name === name);
  if (seat) return seat;
  throw new NetdojoError(`no server holds port ${name}`, {
    code: 'ND_ORACLE_PORT',
    expected: `one of ${seats.map(({ port }) => port.name).join(', ')}`,
  });
}

/** Everything that can be asked. */
export type AnyPacket = L2Packet | ArrivingPacket;

/** What must happen to a packet, by whatever part of the oracle knows its kind. */
export function predict(
  topology: Topology,
  packet: AnyPacket,
  options: PredictOptions = {},
): ExpectedJourney[] {
  // Routed packets will be told apart here by their kind.
  if (packet.kind === 'from-wire') return [predictArrival(topology, packet, options)];
  return predictL2(topology, packet, options);
}
