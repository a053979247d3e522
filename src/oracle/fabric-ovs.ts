/**
 * How ML2 with Open vSwitch carries a frame from port to port: which wires it crosses and what it wears there. Source:
 * Neutron's administration guide, "Open vSwitch: Provider networks" and "Self-service networks", the ML2 chapter on L2
 * population, RFC 7348 (VXLAN) and RFC 2784/2890 (GRE). Not from any target's flows.
 */
import type { Constraint, ExpectedHop, Headers } from '../journey/types.ts';
import { routerOfReplica } from '../topology/replicas.ts';
import type { Topology } from '../topology/topology.ts';
import { gatewayOf, hostMac, strays } from './distributed.ts';
import { chain, delivery, departure, type Wear, wire } from './hops.ts';
import type { Member } from './outsiders.ts';
import type { Frame } from './packets.ts';
import { farRacks, switchOf } from './racks.ts';
import { agentHosts, isTunnelled, localIp, physicalNetwork, type Seat, tunnelNetwork } from './seats.ts';
import { type Fate, isFlooded } from './semantics.ts';
import { type Flood, floodFrom, type Lane, pathBetween } from './underlay-paths.ts';
import { carriedAs, wearOf } from './wear.ts';

export interface Carried {
  readonly roots: readonly ExpectedHop[];
  /** Who gets a copy. */
  readonly copies: readonly Member[];
  /** The cloud answers the ARP request itself: the tree of that reply. */
  readonly answer?: { readonly roots: readonly ExpectedHop[]; readonly owner: Seat; readonly asker: Seat };
}

export interface FabricOptions {
  /** Hosts whose tunnel address the underlay's switches have learned; what they do not know they flood. Default all. */
  readonly learnedHosts?: ReadonlySet<string> | 'all';
}

/** What becomes of copies where they arrive. */
export interface Arrivals {
  /** Whether a port lets it in. */
  readonly accepts: (member: Member) => boolean;
  /** What whoever got it does with it: further hops. Asked once for each copy. */
  readonly onward: (member: Member) => readonly ExpectedHop[];
}

/** The way of a frame, as a tree, in the order in which copies leave the sender's host: ports of the host first. */
export function carry(
  topology: Topology,
  frame: Frame,
  sender: Member,
  members: readonly Member[],
  fate: Fate,
  arrivals: Arrivals,
  options: FabricOptions = {},
): Carried {
  const fabric = new Fabric(topology, frame, sender, members, fate, arrivals, options);
  const roots = fabric.roots();
  const answer = fabric.answer();
  return { roots, copies: fabric.copies, ...(answer && { answer }) };
}

class Fabric {
  readonly copies: Member[] = [];
  private readonly topology: Topology;
  private readonly frame: Frame;
  private readonly sender: Member;
  private readonly fate: Fate;
  private readonly arrivals: Arrivals;
  private readonly options: FabricOptions;
  /** The others on the segment that work. */
  private readonly members: readonly Member[];

  constructor(
    topology: Topology,
    frame: Frame,
    sender: Member,
    members: readonly Member[],
    fate: Fate,
    arrivals: Arrivals,
    options: FabricOptions,
  ) {
    this.topology = topology;
    this.frame = frame;
    this.sender = sender;
    this.fate = fate;
    this.arrivals = arrivals;
    this.options = options;
    this.members = members.filter((one) => one !== sender && one.segment === sender.segment && one.active);
  }

  roots(): readonly ExpectedHop[] {
    const { sender, frame, fate } = this;
    const next = fate.verdict === 'denied-egress' ? [] : this.onward();
    return sender.kind === 'outsider' ? next : [departure(sender, frame.headers, frame.vlan, next)];
  }

  /** The reply that Open vSwitch makes out of a request for an address on another host (L2 population's ARP responder). */
  answer(): Carried['answer'] {
    const { sender, frame, fate } = this;
    const { owner } = fate;
    if (!this.answersHere() || sender.kind === 'outsider' || !owner || owner.kind === 'outsider')
      return undefined;
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
    return { roots: [delivery(sender, headers, because)], owner, asker: sender };
  }

  /** A host is told of the ports on other hosts; a port of its own answers for itself. */
  private answersHere(): boolean {
    const { answerable, owner } = this.fate;
    return answerable === true && owner !== undefined && owner.host !== this.sender.host;
  }

  private onward(): readonly ExpectedHop[] {
    const { sender, fate, frame, members } = this;
    if (fate.must.length === 0 && fate.may.length === 0 && !isFlooded(frame)) {
      // An address that only the sender itself has; anything else that nobody has is flooded.
      if (frame.dst_mac === sender.mac) return [];
    }
    const { owner } = fate;
    const flooded = isFlooded(frame) || !owner || fate.may.length > 0;
    if (!flooded && owner) {
      if (owner.host === sender.host)
        return this.arrive([owner], ({ name }) => `${name} is on the same host`);
      return this.toHost(owner.host, [owner]);
    }
    const why = isFlooded(frame) ? 'a broadcast' : 'an unknown address';
    const here = members.filter((one) => one.host === sender.host);
    const local = this.arrive(here, () => `${why}: every port of the network on the host gets a copy`);
    return [...local, ...this.floodToWires(why)];
  }

  private floodToWires(why: string): readonly ExpectedHop[] {
    const { sender, fate, frame } = this;
    if (fate.stays) return [];
    if (sender.kind === 'outsider' || !isTunnelled(sender.network)) return this.floodLane(why);
    if (isFlooded(frame)) {
      if (this.answersHere()) return [];
    } else if (fate.owner && fate.owner.host !== sender.host && this.announced(fate.owner)) {
      return this.toHost(fate.owner.host, this.membersOn(fate.owner.host));
    }
    return this.tunnelPeers().flatMap((host) => this.toHost(host, this.membersOn(host)));
  }

  /** Who gets a copy on another host: of what a distributed router sends nobody but whom it is for. */
  private membersOn(host: string): Member[] {
    const { sender, fate, frame, topology } = this;
    const there = this.members.filter((one) => one.host === host);
    if (sender.kind === 'outsider' || !sender.distributed) return there;
    if (fate.owner?.host === host) return [fate.owner];
    return strays(topology, there, frame.ip);
  }

  /** Hosts have the MAC address of a distributed router in common; between them each takes one of its own in its place. */
  private wear(carrier: Lane, host: string): Wear {
    const { sender, topology, frame } = this;
    const wear = wearOf(topology, sender, carrier, host);
    if (sender.kind === 'outsider' || !sender.distributed || frame.src_mac !== sender.mac) return wear;
    return (crossing) => ({ ...wear(crossing), src_mac: hostMac(sender.host) });
  }

  /**
   * L2 population announces addresses of ports; a port without one has to be learned, and so has any other address, or
   * one that may be on another host in a moment.
   */
  private announced(member: Member): boolean {
    if (member.kind === 'outsider' || routerOfReplica(this.topology, member.port)) return false;
    const own = member.mac === this.frame.dst_mac;
    return this.topology.options.l2_population && own && member.port.fixed_ips.length > 0;
  }

  private tunnelPeers(): string[] {
    const { underlay, options } = this.topology;
    return agentHosts(underlay).filter(
      (host) =>
        host !== this.sender.host &&
        localIp(underlay, host) !== undefined &&
        (!options.l2_population || this.members.some((one) => one.host === host)),
    );
  }

  /** What carries the sender's frames between hosts; nothing carries those of a local network. */
  private carrier(): Lane | undefined {
    const { sender, topology } = this;
    if (sender.kind === 'outsider')
      return { network: sender.carrier, ...(sender.vlan === undefined ? {} : { vlan: sender.vlan }) };
    const { network } = sender;
    if (network['provider:network_type'] === 'local') return undefined;
    if (isTunnelled(network)) {
      const tunnel = tunnelNetwork(topology.underlay);
      return tunnel && { network: tunnel };
    }
    const carrier = physicalNetwork(topology.underlay, network);
    const vlan = network['provider:segmentation_id'];
    return carrier && { network: carrier, ...(vlan === undefined ? {} : { vlan }) };
  }

  /** To one other host, where these get copies. */
  private toHost(host: string, receivers: readonly Member[]): readonly ExpectedHop[] {
    const { sender } = this;
    const { underlay } = this.topology;
    const carrier = this.carrier();
    if (!carrier) return [];
    const because = `${carriedAs(sender)}, and host ${host} ${
      receivers.length === 0 ? 'is a tunnel endpoint' : `has ${receivers.map(({ name }) => name).join(', ')}`
    }`;
    const wear = this.wear(carrier, host);
    const { learnedHosts = 'all' } = this.options;
    const arrive = (at: string): readonly ExpectedHop[] => (at === host ? this.arrive(receivers) : []);
    if (this.tunnels() && learnedHosts !== 'all' && !learnedHosts.has(host)) {
      const all = floodFrom(underlay, sender.host, carrier);
      return all.map((flood) => this.spread(flood, wear, because, arrive));
    }
    const path = pathBetween(underlay, sender.host, host, carrier);
    if (path.length === 0) return this.toRack(host, carrier, receivers);
    return chain(path, wear, because, arrive(host), this.frame.headers);
  }

  /** To a host of another rack: by its own switch and the other's. */
  private toRack(host: string, carrier: Lane, receivers: readonly Member[]): readonly ExpectedHop[] {
    const { topology, sender, frame } = this;
    if (sender.kind === 'outsider') return [];
    const own = switchOf(topology, sender);
    const rack = farRacks(topology, sender).find(({ within }) => within.some(({ to }) => to.host === host));
    if (own === undefined || rack === undefined) return [];
    const { between, within, wear } = rack;
    const last = within.filter(({ to }) => to.host === host);
    const because = `${carriedAs(sender)}, and rack ${rack.name} has host ${host}`;
    const end = chain(last, wear, because, this.arrive(receivers), frame.headers);
    const middle = chain(between.path, between.wear, because, end, frame.headers);
    const first = pathBetween(topology.underlay, sender.host, own, carrier);
    return chain(first, wearOf(topology, sender, carrier, own), because, middle, frame.headers);
  }

  /** What a switch that ends tunnels adds to a flood in its rack: one copy to each other rack, flooded there. */
  private beyond(node: string): readonly ExpectedHop[] {
    const { topology, sender, frame } = this;
    if (sender.kind === 'outsider' || switchOf(topology, sender) !== node) return [];
    return farRacks(topology, sender).flatMap(({ name, between, within, wear }) => {
      const because = `${carriedAs(sender)}, and rack ${name} has ports of it`;
      const there = within.map((flood) =>
        this.spread(flood, wear, because, (host) => this.arrive(this.membersOn(host))),
      );
      return chain(between.path, between.wear, because, there, frame.headers);
    });
  }

  /** A switch sends a frame of a VLAN to every port that carries the VLAN, whether or not somebody there wants it. */
  private floodLane(why: string): ExpectedHop[] {
    const { topology, sender } = this;
    const carrier = this.carrier();
    if (!carrier) return [];
    const because = `${why}: ${carriedAs(sender)}, and the switches send it everywhere`;
    const wear = this.wear(carrier, '');
    const device = sender.kind === 'outsider' ? sender.device : undefined;
    return floodFrom(topology.underlay, sender.host, carrier, device).map((flood) =>
      this.spread(flood, wear, because, (host, nic) => {
        const there = this.membersOn(host).filter((one) => one.kind !== 'outsider' || one.device === nic);
        return this.arrive(there);
      }),
    );
  }

  private spread(
    flood: Flood,
    wear: Wear,
    because: string,
    arrive: (host: string, device: string) => readonly ExpectedHop[],
  ): ExpectedHop {
    const next =
      flood.next.length > 0
        ? [
            ...flood.next.map((further) => this.spread(further, wear, because, arrive)),
            ...this.beyond(flood.to.host),
          ]
        : [...arrive(flood.to.host, flood.to.device), ...this.beyond(flood.to.host)];
    return wire(flood, { ...this.frame.headers, ...wear(flood) }, because, next);
  }

  private tunnels(): boolean {
    return this.sender.kind !== 'outsider' && isTunnelled(this.sender.network);
  }

  /** An outsider has it when it has crossed his cable; what he does with it follows at once. */
  private arrive(
    members: readonly Member[],
    because = ({ host, name }: Member): string => `host ${host} holds port ${name}`,
  ): readonly ExpectedHop[] {
    return members.flatMap((member) => {
      if (!this.arrivals.accepts(member)) return [];
      this.copies.push(member);
      const next = this.arrivals.onward(member);
      return member.kind === 'outsider'
        ? next
        : [delivery(member, this.headersAt(member), because(member), next)];
    });
  }

  /** On the receiver's host the MAC address of the router's interface is back in its place. */
  private headersAt(member: Seat): Constraint<Headers> {
    const { topology, sender, frame } = this;
    const { headers } = frame;
    const routed = sender.kind !== 'outsider' && sender.distributed && sender.host !== member.host;
    const gateway = routed && frame.src_mac === sender.mac ? gatewayOf(topology, member.port) : undefined;
    return gateway === undefined ? headers : { ...headers, src_mac: gateway.mac_address };
  }
}
