/**
 * How ML2 with Open vSwitch carries a frame from port to port: which wires it crosses and what it wears there. Source:
 * Neutron's administration guide, "Open vSwitch: Provider networks" and "Self-service networks", the ML2 chapter on L2
 * population, RFC 7348 (VXLAN) and RFC 2784/2890 (GRE). Not from any target's flows.
 */
import type { Constraint, ExpectedHop, Headers } from '../journey/types.ts';
import type { Topology, UnderlayNetwork } from '../topology/topology.ts';
import type { Frame } from './packets.ts';
import { bare, chain, delivery, guest, segmentOf, type Wear, wire } from './hops.ts';
import { agentHosts, isTunnelled, localIp, physicalNetwork, type Seat, tunnelNetwork } from './seats.ts';
import { type Fate, isFlooded } from './semantics.ts';
import { type Flood, floodFrom, pathBetween } from './underlay-paths.ts';

/** IANA's port of VXLAN (RFC 7348, 5). */
const VXLAN_PORT = 4789;

export interface Carried {
  readonly roots: readonly ExpectedHop[];
  /** Ports that get a copy. */
  readonly copies: readonly Seat[];
  /** The cloud answers the ARP request itself: the tree of that reply. */
  readonly answer?: { readonly roots: readonly ExpectedHop[]; readonly owner: Seat };
}

export interface FabricOptions {
  /** Hosts whose tunnel address the underlay's switches have learned; what they do not know they flood. Default all. */
  readonly learnedHosts?: ReadonlySet<string> | 'all';
}

/** The way of a frame, as a tree, in the order in which copies leave the sender's host: taps first. */
export function carry(
  topology: Topology,
  frame: Frame,
  sender: Seat,
  seats: readonly Seat[],
  fate: Fate,
  options: FabricOptions = {},
): Carried {
  const fabric = new Fabric(topology, frame, sender, seats, fate, options);
  const roots = fabric.roots();
  const answer = fabric.answer();
  return { roots, copies: fabric.copies, ...(answer && { answer }) };
}

class Fabric {
  readonly copies: Seat[] = [];
  private readonly topology: Topology;
  private readonly frame: Frame;
  private readonly sender: Seat;
  private readonly fate: Fate;
  private readonly options: FabricOptions;
  /** The other ports of the network that work. */
  private readonly members: readonly Seat[];

  constructor(
    topology: Topology,
    frame: Frame,
    sender: Seat,
    seats: readonly Seat[],
    fate: Fate,
    options: FabricOptions,
  ) {
    this.topology = topology;
    this.frame = frame;
    this.sender = sender;
    this.fate = fate;
    this.options = options;
    this.members = seats.filter((seat) => seat !== sender && seat.network === sender.network && seat.active);
  }

  roots(): ExpectedHop[] {
    const { sender, frame, fate } = this;
    const denied = fate.verdict === 'denied-egress';
    const tap: ExpectedHop = {
      kind: 'tap',
      node: sender.host,
      device: sender.tap,
      direction: 'in',
      headers: { ...frame.headers, ...bare, vlan: frame.vlan ?? null },
      because: denied ? fate.because : `host ${sender.host} holds port ${sender.port.name} by this tap`,
      next: denied ? [] : this.onward(),
    };
    const sent = guest(sender, 'out', frame.headers, `${sender.server} sends it`, [tap]);
    return [{ ...sent, headers: { ...sent.headers, vlan: frame.vlan ?? null } }];
  }

  /** The reply that Open vSwitch makes out of a request for an address on another host (L2 population's ARP responder). */
  answer(): Carried['answer'] {
    const { owner } = this.fate;
    if (!this.answersHere() || !owner) return undefined;
    const { sender, frame } = this;
    const headers: Constraint<Headers> = {
      src_mac: owner.port.mac_address,
      dst_mac: frame.src_mac,
      ethertype: 0x0806,
      arp: {
        operation: 'reply',
        sender_mac: owner.port.mac_address,
        sender_ip: frame.target_ip ?? null,
        target_mac: frame.src_mac,
        target_ip: frame.sender_ip ?? null,
      },
    };
    const because = `arp_responder: host ${sender.host} answers for ${owner.port.name}, which is on host ${owner.host}`;
    return { roots: [this.delivery(sender, because, headers)], owner };
  }

  /** A host is told of the ports on other hosts; a port of its own answers for itself. */
  private answersHere(): boolean {
    const { answerable, owner } = this.fate;
    return answerable === true && owner !== undefined && owner.host !== this.sender.host;
  }

  private onward(): ExpectedHop[] {
    const { sender, fate, frame, members } = this;
    if (fate.must.length === 0 && fate.may.length === 0 && !isFlooded(frame)) {
      // An address that only the sender itself has; anything else that nobody has is flooded.
      if (frame.dst_mac === sender.port.mac_address) return [];
    }
    const { owner } = fate;
    const flooded = isFlooded(frame) || !owner || fate.may.length > 0;
    const here = members.filter((seat) => seat.host === sender.host);
    if (!flooded && owner) {
      if (owner.host === sender.host) return [this.delivery(owner, `${owner.port.name} is on the same host`)];
      return this.toHost(owner.host, [owner]);
    }
    const why = isFlooded(frame) ? 'a broadcast' : 'an unknown address';
    const local = here.map((seat) =>
      this.delivery(seat, `${why}: every port of the network on the host gets a copy`),
    );
    return [...local, ...this.floodToWires(why)];
  }

  private floodToWires(why: string): ExpectedHop[] {
    const { sender, fate, frame } = this;
    if (!isTunnelled(sender.network)) return this.floodVlan(why);
    if (isFlooded(frame)) {
      if (this.answersHere()) return [];
    } else if (fate.owner && fate.owner.host !== sender.host && this.announced(fate.owner)) {
      return this.toHost(fate.owner.host, this.membersOn(fate.owner.host));
    }
    return this.tunnelPeers().flatMap((host) => this.toHost(host, this.membersOn(host)));
  }

  private membersOn(host: string): Seat[] {
    return this.members.filter((seat) => seat.host === host);
  }

  /** L2 population announces addresses of ports; a port without one has to be learned, and so has any other address. */
  private announced(seat: Seat): boolean {
    const { port } = seat;
    const own = port.mac_address === this.frame.dst_mac;
    return this.topology.options.l2_population && own && port.fixed_ips.length > 0;
  }

  private tunnelPeers(): string[] {
    const { underlay, options } = this.topology;
    return agentHosts(underlay).filter(
      (host) =>
        host !== this.sender.host &&
        localIp(underlay, host) !== undefined &&
        (!options.l2_population || this.membersOn(host).length > 0),
    );
  }

  /** To one other host, where these ports get copies. */
  private toHost(host: string, receivers: readonly Seat[]): ExpectedHop[] {
    const { topology, sender } = this;
    const { underlay } = topology;
    const { network } = sender;
    const type = network['provider:network_type'];
    const carrier = isTunnelled(network) ? tunnelNetwork(underlay) : physicalNetwork(underlay, network);
    if (!carrier || type === 'local') return [];
    const because = `network ${network.name} is ${segmentOf(network)}, and host ${host} ${
      receivers.length === 0
        ? 'is a tunnel endpoint'
        : `has ${receivers.map(({ port }) => port.name).join(', ')}`
    }`;
    const wear = isTunnelled(network) ? this.tunnelled(carrier, host) : this.tagged(carrier);
    const arrive = (): ExpectedHop[] =>
      receivers.map((seat) => this.delivery(seat, `host ${host} holds port ${seat.port.name}`));
    const { learnedHosts = 'all' } = this.options;
    if (isTunnelled(network) && learnedHosts !== 'all' && !learnedHosts.has(host)) {
      const all = floodFrom(underlay, sender.host, carrier);
      return all.map((flood) => this.spread(flood, wear, because, (at) => (at === host ? arrive() : [])));
    }
    return chain(
      pathBetween(underlay, sender.host, host, carrier),
      wear,
      because,
      arrive(),
      this.frame.headers,
    );
  }

  /** A switch sends a frame of a VLAN to every port that carries the VLAN, whether or not somebody there wants it. */
  private floodVlan(why: string): ExpectedHop[] {
    const { topology, sender } = this;
    const carrier = physicalNetwork(topology.underlay, sender.network);
    if (!carrier || sender.network['provider:network_type'] === 'local') return [];
    const because = `${why}: the switches send ${segmentOf(sender.network)} of ${carrier.name} everywhere`;
    const wear = this.tagged(carrier);
    return floodFrom(topology.underlay, sender.host, carrier).map((flood) =>
      this.spread(flood, wear, because, (host) =>
        this.membersOn(host).map((seat) => this.delivery(seat, `host ${host} holds port ${seat.port.name}`)),
      ),
    );
  }

  private spread(
    flood: Flood,
    wear: Wear,
    because: string,
    arrive: (host: string) => ExpectedHop[],
  ): ExpectedHop {
    const next =
      flood.next.length > 0
        ? flood.next.map((further) => this.spread(further, wear, because, arrive))
        : arrive(flood.to.host);
    return wire(flood, { ...this.frame.headers, ...wear(flood) }, because, next);
  }

  private tunnelled(carrier: UnderlayNetwork, host: string): Wear {
    const { topology, sender } = this;
    const { network } = sender;
    const type = network['provider:network_type'] === 'gre' ? 'gre' : 'vxlan';
    return ({ trunk }) => ({
      vlan: null,
      tunnel: {
        type,
        id: network['provider:segmentation_id'] ?? 0,
        src_ip: localIp(topology.underlay, sender.host) ?? null,
        dst_ip: localIp(topology.underlay, host) ?? null,
        vlan: trunk ? carrier.switchVlan : null,
        dst_port: type === 'vxlan' ? VXLAN_PORT : null,
        // df_default of the tunnel ports: the outer packet is never cut up.
        df: true,
      },
    });
  }

  private tagged(carrier: UnderlayNetwork): Wear {
    const id = this.sender.network['provider:segmentation_id'];
    return ({ trunk }) => ({ tunnel: null, vlan: id ?? (trunk ? carrier.switchVlan : null) });
  }

  private delivery(
    seat: Seat,
    because: string,
    headers: Constraint<Headers> = this.frame.headers,
  ): ExpectedHop {
    if (seat !== this.sender) this.copies.push(seat);
    return delivery(seat, headers, because);
  }
}
