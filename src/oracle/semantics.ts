/**
 * Who gets a packet that a port sends on its network, whatever carries it. Source: the OpenStack Networking API and
 * administration guides: a network is one layer 2 broadcast domain of its own; a port whose admin_state_up is false
 * forwards nothing; port security keeps a port to its own MAC and, in ARP, to its own IP addresses.
 */
import type { Verdict } from '../journey/types.ts';
import type { Topology } from '../topology/topology.ts';
import type { Frame, L2Packet } from './packets.ts';
import { isTunnelled, type Seat } from './seats.ts';

/** MAC addresses whose place the bridges have learned, in all networks. */
export type Known = ReadonlySet<string> | 'all';

/** What the bridges have learned. */
export interface Knowledge {
  /** MAC addresses whose place the bridges have learned; default all. */
  readonly known?: Known;
  /** Ports that have last spoken with a MAC address that is not, or not only, their own: the port's name by address. */
  readonly claimed?: Readonly<Record<string, string>>;
}

export interface Fate {
  readonly verdict: Verdict;
  /** Why, in one line. */
  readonly because: string;
  /** Ports that must get a copy. */
  readonly must: readonly Seat[];
  /** Ports that may get one: a switch floods what it does not know. */
  readonly may: readonly Seat[];
  /** Every other port: it must not see the packet. */
  readonly mustNot: readonly Seat[];
  /** For unicast: the port of this network that has the address. */
  readonly owner?: Seat;
  /** The cloud itself may answer an ARP request for the owner's address, and then it need not go further. */
  readonly answerable?: boolean;
}

export const isFlooded = ({ dst_mac }: Pick<Frame, 'dst_mac'>): boolean =>
  (Number.parseInt(dst_mac.slice(0, 2), 16) & 1) === 1;

/** The fate of a frame that `sender` sends. */
export function fateOf(
  topology: Topology,
  packet: L2Packet,
  frame: Frame,
  sender: Seat,
  seats: readonly Seat[],
  { known = 'all', claimed = {} }: Knowledge,
): Fate {
  const fate = (
    verdict: Verdict,
    because: string,
    must: readonly Seat[],
    may: readonly Seat[] = [],
  ): Fate => ({
    verdict,
    because,
    must,
    may,
    mustNot: seats.filter((seat) => !must.includes(seat) && !may.includes(seat)),
  });
  const { port, network } = sender;

  if (!sender.active) return fate('denied-egress', `port ${port.name} is down: nothing leaves it`, []);
  if (frame.vlan) {
    return fate('denied-egress', `port ${port.name} is no trunk: a frame with a tag of the server's own`, []);
  }
  const spoof = spoofed(frame, sender);
  if (spoof !== undefined) return fate('denied-egress', spoof, []);

  // A network of type local does not leave its host.
  const near = (seat: Seat): boolean =>
    network['provider:network_type'] !== 'local' || seat.host === sender.host;
  const others = seats.filter(
    (seat) => seat !== sender && seat.network === network && seat.active && near(seat),
  );
  if (isFlooded(frame)) {
    const owner = packet.kind === 'arp-request' ? ownerOfIp(others, frame.target_ip) : undefined;
    if (owner && answersArp(topology, sender)) {
      const because = `the owner of ${frame.target_ip} is known: the cloud may answer for it`;
      return { ...fate('delivered', because, [], others), owner, answerable: true };
    }
    return fate('delivered', `a broadcast reaches every port of network ${network.name}`, others);
  }

  const claimant = claimed[frame.dst_mac];
  const holders = seats.filter((seat) =>
    claimant === undefined
      ? seat.network === network && seat.port.mac_address === frame.dst_mac
      : seat.port.name === claimant,
  );
  const owner = holders.find((seat) => others.includes(seat));
  if (!owner) {
    const down = holders.find((seat) => seat !== sender);
    if (down) return fate('denied-ingress', `port ${down.port.name} is down: nothing reaches it`, [], others);
    if (holders.includes(sender))
      return fate('lost', 'a switch never sends a frame back to where it came from', []);
    return fate('lost', `no port of network ${network.name} has ${frame.dst_mac}`, [], others);
  }
  const because = `port ${owner.port.name} of network ${network.name} has ${frame.dst_mac}`;
  const learned = packet.kind !== 'unknown-unicast' && (known === 'all' || known.has(frame.dst_mac));
  const may = learned ? [] : others.filter((seat) => seat !== owner);
  return { ...fate('delivered', because, [owner], may), owner };
}

/** Why port security stops a frame at its own port, if it does. */
function spoofed(frame: Frame, { port }: Seat): string | undefined {
  if (!port.port_security_enabled) return undefined;
  if (frame.src_mac !== port.mac_address) {
    return `port security: ${frame.src_mac} is not the address of port ${port.name}`;
  }
  const { sender_ip } = frame;
  if (sender_ip === undefined || port.fixed_ips.some(({ ip_address }) => ip_address === sender_ip))
    return undefined;
  return `port security: ${sender_ip} is not an address of port ${port.name}`;
}

function ownerOfIp(seats: readonly Seat[], ip: string | undefined): Seat | undefined {
  return seats.find(({ port }) => port.fixed_ips.some(({ ip_address }) => ip_address === ip));
}

/** Only where addresses are announced (l2population), and only in tunnelled networks. */
function answersArp({ options }: Topology, { network }: Seat): boolean {
  return options.l2_population && options.arp_responder && isTunnelled(network);
}
