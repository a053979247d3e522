/**
 * Follows a packet wherever it goes: over the network that it is on, through whatever routes it on, and on the next
 * network by the same rules. Source of what routers do: RFC 1812 (forwarding, TTL, errors), RFC 1191 (packets that are
 * too big), RFC 792 (ICMP); for IPv6 RFC 8200 (hop limit, no fragments by routers), RFC 4443 (ICMPv6), RFC 4007
 * (addresses of one link).
 */

import { labelOf } from '../journey/label.ts';
import type { ExpectedHop, ExpectedJourney, Verdict } from '../journey/types.ts';
import type { Topology } from '../topology/topology.ts';
import { Tracker, tupleOf } from './connections.ts';
import { type Arrivals, carry, type FabricOptions } from './fabric-ovs.ts';
import { refusedByFirewall } from './firewalls.ts';
import { endingWith } from './hops.ts';
import {
  ethertypeOf,
  ICMP,
  ICMPV6,
  type Ip,
  isBroadcast,
  isIcmpError,
  isIpv4,
  isLinkLocal,
  isMulticast,
  isUnspecified,
} from './ip.ts';
import { type Entered, enter, faceOf, leave } from './nat.ts';
import { addressesAt, type Member, membersOf } from './outsiders.ts';
import { type Frame, ipFrame } from './packets.ts';
import { routeTo, type Stack } from './routes.ts';
import { addressTo, direct, isProxy, mtuOf, routedBy } from './routing.ts';
import { refusedIn, refusedOut } from './security-groups.ts';
import { type Fate, fateOf, isFlooded, type Knowledge } from './semantics.ts';
import { METADATA_IP, ownerOfIp, stackOf } from './stacks.ts';
import { portBehind } from './translators.ts';

export interface FollowOptions extends FabricOptions, Knowledge {
  /** Who has answered ARP for an address that no document names (see `heardIn`). */
  readonly neighbours?: Readonly<Record<string, string>>;
}

/** IANA's default for the TTL (RFC 1340), and Linux's. */
const TTL = 64;

/** What routers report, by RFC 792 and by RFC 4443 (3.1 to 3.3): type and code. */
const ERRORS = {
  'no-route': [
    { type: 3, code: 0 },
    { type: 1, code: 0 },
  ],
  'beyond-scope': [
    { type: 3, code: 0 },
    { type: 1, code: 2 },
  ],
  'ttl-exceeded': [
    { type: 11, code: 0 },
    { type: 3, code: 0 },
  ],
  refused: [
    { type: 3, code: 3 },
    { type: 1, code: 4 },
  ],
  'too-big': [
    { type: 3, code: 4 },
    { type: 2, code: 0 },
  ],
} as const;

/** A packet that somebody on the way has to send because of this one. */
interface Owed {
  readonly ip: Ip;
  readonly stack: Stack;
  /** Where the packet came from: to an address of that link there is no other way. */
  readonly from: Member;
}

export class Following {
  /** The packet's own journey. */
  verdict: Verdict = 'delivered';
  /** Why it is not delivered. */
  private reason: string | undefined;
  private readonly receivers: Member[] = [];
  private readonly bystanders: Member[] = [];
  private readonly passed = new Set<Member>();
  private readonly answers: ExpectedJourney[] = [];
  private owed: Owed | undefined;
  private readonly topology: Topology;
  private readonly tracker: Tracker;
  private readonly options: FollowOptions;
  private readonly members: readonly Member[];

  constructor(topology: Topology, tracker: Tracker, options: FollowOptions) {
    this.topology = topology;
    this.tracker = tracker;
    this.options = options;
    this.members = membersOf(topology);
  }

  /** All that follows from a frame: its journey, and those of the answers that the cloud owes. */
  journeys(kind: string, frame: Frame, sender: Member): ExpectedJourney[] {
    const roots = this.send(kind, frame, sender);
    return [this.journey(frame.label, roots), ...this.answers, ...this.error()];
  }

  /** A packet that never leaves, because nobody has the address of its next hop. */
  unsent(label: string): ExpectedJourney[] {
    this.verdict = 'no-neighbour';
    return [this.journey(label, [])];
  }

  private journey(packet: string, roots: readonly ExpectedHop[]): ExpectedJourney {
    const points = (list: readonly Member[]): string[] => [...new Set(list.map(({ point }) => point))];
    const seats = (list: readonly Member[]): Member[] => list.filter(({ kind }) => kind !== 'outsider');
    // A trunk's ports are all at one NIC.
    const reached = new Set(points([...this.passed]));
    return {
      packet,
      verdict: this.verdict,
      receivers: points(this.receivers),
      bystanders: points(seats(this.bystanders)),
      forbidden: points(seats(this.members.filter(({ point }) => !reached.has(point)))),
      roots: this.reason === undefined ? roots : endingWith(roots, this.reason),
    };
  }

  private end(verdict: Verdict, reason: string): readonly ExpectedHop[] {
    this.verdict = verdict;
    this.reason = reason;
    return [];
  }

  /** Over one network. */
  private send(kind: string, frame: Frame, sender: Member): readonly ExpectedHop[] {
    const { topology, members } = this;
    this.passed.add(sender);
    const fate = this.fate(kind, frame, sender);
    if (fate.verdict !== 'delivered') this.end(fate.verdict, fate.because);
    const { owner } = fate;
    const refusal = new Map<Member, string>();
    if (fate.verdict !== 'denied-egress') {
      // Copies of a flood of an unknown address go by the filters of the openvswitch driver.
      const all = isFlooded(frame) || topology.options.firewall_driver === 'iptables_hybrid';
      const possible = all ? [...fate.must, ...fate.may] : owner ? [owner] : [];
      for (const member of possible) {
        const reason = refusedIn(topology, member, frame, this.tracker);
        if (reason !== undefined) refusal.set(member, reason);
      }
    }
    const refused = owner && !isFlooded(frame) ? refusal.get(owner) : undefined;
    if (refused !== undefined) this.end('denied-ingress', refused);

    const arrivals: Arrivals = {
      accepts: (member) => !refusal.has(member),
      onward: (member) => (member === owner && !isFlooded(frame) ? this.take(member, frame) : []),
    };
    const { roots, copies, answer } = carry(topology, frame, sender, members, fate, arrivals, this.options);
    for (const copy of copies) this.passed.add(copy);
    this.receivers.push(...this.addressed(fate, frame, copies));
    if (!fate.answerable) this.bystanders.push(...copies.filter((one) => !fate.must.includes(one)));
    if (answer) {
      const { owner: who, asker, roots: way } = answer;
      const reply = new Following(topology, this.tracker, this.options);
      reply.receivers.push(asker);
      reply.passed.add(asker);
      this.answers.push(reply.journey(`arp ${frame.target_ip} is-at ${who.mac}`, way));
    }
    return roots;
  }

  /** Of a broadcast everybody who gets it; machines outside only where they are asked for their address. */
  private addressed(fate: Fate, frame: Frame, copies: readonly Member[]): Member[] {
    if (!isFlooded(frame)) return [];
    const target_ip = frame.target_ip ?? frame.ip?.nd?.target_ip;
    return copies.filter((one) => {
      if (one.kind !== 'outsider') return fate.answerable || fate.must.includes(one);
      return target_ip !== undefined && addressesAt(one).includes(target_ip);
    });
  }

  private fate(kind: string, frame: Frame, sender: Member): Fate {
    const { topology, members, options } = this;
    const fate = fateOf(topology, kind, frame, sender, members, options);
    if (fate.verdict === 'denied-egress') return fate;
    const refusal = refusedOut(topology, sender, frame, this.tracker);
    if (refusal === undefined) return fate;
    const { owner: _, ...rest } = fate;
    return { ...rest, verdict: 'denied-egress', because: refusal, must: [], may: [], mustNot: members };
  }

  /** Whoever the frame is for has it. */
  private take(member: Member, frame: Frame): readonly ExpectedHop[] {
    const { ip } = frame;
    if (!ip || member.kind === 'guest') return this.received(member);
    const stack = stackOf(this.topology, member);
    const entered = this.entered(stack, member, ip);
    const { dst_ip, dst_port, protocol } = entered.ip;
    if (!entered.metadata && !stack.addresses.includes(dst_ip) && !isBroadcast(dst_ip, direct(stack)))
      return this.forward(stack, member, entered);
    if (!entered.metadata && stack.translator?.metadata && isProxy(protocol, dst_port))
      return this.end('denied-ingress', `${stack.name} takes metadata requests at ${METADATA_IP} only`);
    return this.received(member);
  }

  private received(member: Member): readonly ExpectedHop[] {
    this.receivers.push(member);
    return [];
  }

  private entered(stack: Stack, member: Member, ip: Ip): Entered {
    const { translator } = stack;
    if (!translator || member.kind === 'outsider') return { arrived: ip, ip, metadata: false };
    return enter(translator, this.tracker, member, ip);
  }

  /** RFC 1812, 5.2: what is not for the router itself goes on to the next hop. */
  private forward(stack: Stack, from: Member, entered: Entered): readonly ExpectedHop[] {
    const { topology } = this;
    const { ip } = entered;
    const { name } = stack;
    if (!stack.forwards)
      return this.end('lost', `${name} passes nothing on, and ${ip.dst_ip} is not its own`);
    if (isMulticast(ip.dst_ip)) return this.end('lost', `${name} passes no multicast on`);
    if (isLinkLocal(ip.src_ip) || isLinkLocal(ip.dst_ip)) {
      const address = isLinkLocal(ip.src_ip) ? ip.src_ip : ip.dst_ip;
      if (address === ip.src_ip) this.owe(stack, from, entered, 'beyond-scope');
      return this.end('no-route', `${name} passes nothing on of ${address}, which is of one link alone`);
    }
    const route = routeTo(stack, ip.dst_ip, ip.src_ip);
    if (!route) {
      this.owe(stack, from, entered, 'no-route');
      return this.end('no-route', `${name} has no route to ${ip.dst_ip}`);
    }
    const { out } = route;
    if (ip.ttl <= 1) {
      this.owe(stack, from, entered, 'ttl-exceeded');
      return this.end(
        'ttl-exceeded',
        `${name} may not pass on a packet with ${isIpv4(ip.dst_ip) ? 'TTL' : 'hop limit'} ${ip.ttl}`,
      );
    }
    const mtu = mtuOf(out);
    if (ip.length !== undefined && ip.length > mtu) {
      if (ip.df !== true && isIpv4(ip.dst_ip))
        return this.end('too-big', `${name} cuts it up for ${out.name}: fragments of ${mtu} bytes`);
      this.owe(stack, from, entered, 'too-big');
      return this.end(
        'too-big',
        `${ip.length} bytes do not fit on ${out.name} (${mtu}), and must not be cut up`,
      );
    }
    const { translator } = stack;
    if (translator) {
      const sides = { from: portBehind(translator, from), out: portBehind(translator, out) };
      const passing = { ip, ...sides, ...(entered.found && { found: entered.found }) };
      const refusal = refusedByFirewall(topology, translator.router, passing);
      if (refusal?.told) this.owe(stack, from, entered, 'refused');
      if (refusal) return this.end('denied-firewall', refusal.reason);
    }
    const next = this.nextHop(out, route.via ?? ip.dst_ip);
    if (next === undefined) {
      return this.end('no-neighbour', `nobody on ${out.name}'s network has ${route.via ?? ip.dst_ip}`);
    }
    const left =
      translator && from.kind !== 'outsider' && out.kind !== 'outsider'
        ? leave(translator, this.tracker, entered, from, out)
        : ip;
    const [sent, ...rest] = this.send('ip', ipFrame({ ...left, ttl: ip.ttl - 1 }, out.mac, next), out);
    if (!sent) return [];
    return [{ ...sent, because: `${routedBy(stack, entered, left, out)}: ${sent.because}` }, ...rest];
  }

  /** MAC address of whoever has an IP address on the network of a device. */
  nextHop(out: Member, address: string): string | undefined {
    const owner = ownerOfIp(this.topology, out, address);
    const heard = this.options.neighbours?.[`${out.segment} ${address}`];
    // Nobody is a neighbour of its own: what others still take for its address it asks for as well.
    return owner?.mac ?? (heard === out.mac ? undefined : heard);
  }

  /** RFC 1122, 3.2.2, and RFC 4443, 2.4: no error about an error, about a broadcast, or to nobody. */
  private owe(stack: Stack, from: Member, entered: Entered, reason: keyof typeof ERRORS): void {
    const { arrived } = entered;
    if (isIcmpError(arrived) || isUnspecified(arrived.src_ip) || isMulticast(arrived.dst_ip)) return;
    // Nothing says yet from which address: only what is routed whoever sends it leads back.
    const back = wayTo(stack, from, arrived.src_ip)?.out;
    if (!back) return;
    const address = faceOf(entered) ?? addressTo(this.topology, back, arrived.src_ip);
    if (address === undefined) return;
    const quoted = tupleOf(arrived);
    const [version, protocol] = isIpv4(address) ? [0, ICMP] : [1, ICMPV6];
    const icmp = ERRORS[reason][version] as NonNullable<Ip['icmp']>;
    this.owed = {
      stack,
      from,
      ip: { src_ip: address, dst_ip: arrived.src_ip, protocol, icmp, ttl: TTL, quoted },
    };
  }

  private error(): ExpectedJourney[] {
    if (!this.owed) return [];
    const { stack, from, ip } = this.owed;
    const { topology, tracker, options } = this;
    const way = wayTo(stack, from, ip.dst_ip, ip.src_ip);
    const follow = new Following(topology, tracker, options);
    const next = way && follow.nextHop(way.out, way.via ?? ip.dst_ip);
    if (!way || next === undefined) return [];
    const { protocol = ICMP, icmp } = ip;
    const label = labelOf({
      src_mac: way.out.mac,
      dst_mac: next,
      ethertype: ethertypeOf(ip),
      protocol,
      ...(icmp && { icmp }),
    });
    return follow.journeys('ip', ipFrame(ip, way.out.mac, next, undefined, label), way.out);
  }
}

/** The way to an address; to one of a link's own by the device at which the link is (RFC 4007, 6). */
const wayTo = (stack: Stack, link: Member, address: string, source?: string): ReturnType<typeof routeTo> =>
  isLinkLocal(address) ? { destination: address, out: link } : routeTo(stack, address, source);
