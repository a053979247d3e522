/**
 * Who gets a packet that a port sends on its network, whatever carries it. Source: the OpenStack Networking API and
 * administration guides: a network is one layer 2 broadcast domain of its own; a port whose admin_state_up is false
 * forwards nothing; port security keeps a port to its own MAC and, in ARP and neighbour advertisements, to its own IP
 * addresses.
 */
import type { Verdict } from '../journey/types.ts';
import { routerOfReplica } from '../topology/replicas.ts';
import type { Topology } from '../topology/topology.ts';
import type { ActiveRouters } from './active.ts';
import { inNetwork } from './ip.ts';
import { NEIGHBOUR_ADVERTISEMENT, speaksFor } from './neighbour-discovery.ts';
import type { Member } from './outsiders.ts';
import type { Frame } from './packets.ts';
import { isNear, isStandby, isTunnelled, type Seat } from './seats.ts';
import { strayTag } from './trunk.ts';

/** MAC addresses whose place the bridges have learned, in all networks. */
export type Known = ReadonlySet<string> | 'all';

/** What the bridges have learned. */
export interface Knowledge {
  /** MAC addresses whose place the bridges have learned; default all. */
  readonly known?: Known;
  /** Ports that have last spoken with a MAC address that is not, or not only, their own: the port's name by address. */
  readonly claimed?: Readonly<Record<string, string>>;
  /** The host on which each router with ha is active; default its first. */
  readonly activeRouters?: ActiveRouters;
}

export interface Fate {
  readonly verdict: Verdict;
  /** Why, in one line. */
  readonly because: string;
  /** Ports that must get a copy. */
  readonly must: readonly Member[];
  /** Ports that may get one: a switch floods what it does not know. */
  readonly may: readonly Member[];
  /** Every other port: it must not see the packet. */
  readonly mustNot: readonly Member[];
  /** For unicast: the port of this network that has the address. */
  readonly owner?: Member;
  /** The cloud itself may answer an ARP request for the owner's address, and then it need not go further. */
  readonly answerable?: boolean;
  /** It does not leave the sender's host. */
  readonly stays?: true;
}

export const isFlooded = ({ dst_mac }: Pick<Frame, 'dst_mac'>): boolean =>
  (Number.parseInt(dst_mac.slice(0, 2), 16) & 1) === 1;

/** The fate of a frame that `sender` sends, save for what filters and routers make of it. */
export function fateOf(
  topology: Topology,
  kind: string,
  frame: Frame,
  sender: Member,
  members: readonly Member[],
  { known = 'all', claimed = {} }: Knowledge,
): Fate {
  const fate = (
    verdict: Verdict,
    because: string,
    must: readonly Member[],
    may: readonly Member[] = [],
  ): Fate => ({
    verdict,
    because,
    must,
    may,
    mustNot: members.filter((one) => !must.includes(one) && !may.includes(one)),
  });
  const { name } = sender;

  if (!sender.active) return fate('denied-egress', `port ${name} is down: nothing leaves it`, []);
  const stray = strayTag(topology, sender, frame.vlan);
  if (stray !== undefined) return fate('denied-egress', stray, []);
  const spoof = spoofed(topology, frame, sender);
  if (spoof !== undefined) return fate('denied-egress', spoof, []);

  const network = sender.kind === 'outsider' ? sender.carrier.name : sender.network.name;
  const others = members.filter((one) => one !== sender && one.segment === sender.segment && one.active);
  if (isFlooded(frame)) {
    const here = others.filter((one) => one.host === sender.host);
    if (keepsQuestions(sender) && asksDistributed(here, sender, frame)) {
      const because = `${frame.target_ip} is a distributed router's: whoever asks is answered on his own host`;
      return { ...fate('delivered', because, here), stays: true };
    }
    const owner = kind === 'arp-request' ? ownerOfIp(others, frame.target_ip) : undefined;
    if (owner && answersArp(topology, sender) && !routerOfReplica(topology, owner.port)) {
      const because = `the owner of ${frame.target_ip} is known: the cloud may answer for it`;
      return { ...fate('delivered', because, [], others), owner, answerable: true };
    }
    return fate('delivered', `a broadcast reaches every port of network ${network}`, others);
  }

  const claimant = claimed[frame.dst_mac];
  const holders = members.filter(
    (one) =>
      !isStandby(one) &&
      (claimant === undefined
        ? one.segment === sender.segment && one.mac === frame.dst_mac && isNear(sender, one)
        : one.name === claimant),
  );
  const owner = holders.find((one) => others.includes(one));
  if (!owner) {
    const down = holders.find((one) => one !== sender);
    if (down) return fate('denied-ingress', `port ${down.name} is down: nothing reaches it`, [], others);
    if (holders.includes(sender))
      return fate('lost', 'a switch never sends a frame back to where it came from', []);
    return fate('lost', `no port of network ${network} has ${frame.dst_mac}`, [], others);
  }
  const because = `port ${owner.name} of network ${network} has ${frame.dst_mac}`;
  // What is for a distributed router needs no learning: its host has it, and lets nothing of it out.
  const near = owner.kind !== 'outsider' && owner.distributed === true;
  const learned = near || (kind !== 'unknown-unicast' && (known === 'all' || known.has(frame.dst_mac)));
  const may = learned ? [] : others.filter((one) => one !== owner);
  return { ...fate('delivered', because, [owner], may), owner };
}

/** Why port security stops a frame at its own port, if it does. */
function spoofed({ options }: Topology, frame: Frame, member: Member): string | undefined {
  if (member.kind !== 'guest' || !member.port.port_security_enabled) return undefined;
  const { port } = member;
  const pairs = port.allowed_address_pairs;
  if (frame.src_mac !== port.mac_address && !pairs.some((pair) => pair.mac_address === frame.src_mac)) {
    return `port security: ${frame.src_mac} is not the address of port ${port.name}`;
  }
  const { sender_ip, ip } = frame;
  if (ip?.icmp?.type === NEIGHBOUR_ADVERTISEMENT && ip.nd && !speaksFor(port, ip.nd.target_ip))
    return `port security: ${ip.nd.target_ip} is not an address of port ${port.name}`;
  if (sender_ip === undefined) return undefined;
  // The openvswitch driver keeps each address to its MAC; the others look at the two apart.
  const apart = options.firewall_driver !== 'openvswitch';
  const own =
    (apart || frame.src_mac === port.mac_address) &&
    port.fixed_ips.some(({ ip_address }) => ip_address === sender_ip);
  const paired = pairs.some(
    (pair) => (apart || pair.mac_address === frame.src_mac) && inNetwork(pair.ip_address, sender_ip),
  );
  return own || paired ? undefined : `port security: ${sender_ip} is not an address of port ${port.name}`;
}

function ownerOfIp(members: readonly Member[], ip: string | undefined): Seat | undefined {
  return members.find(
    (one): one is Seat =>
      one.kind !== 'outsider' &&
      !isStandby(one) &&
      one.port.fixed_ips.some(({ ip_address }) => ip_address === ip),
  );
}

/**
 * Where such questions stay: in tunnelled networks. On the bridge of a physical network Neutron lays the flow that is to
 * keep them in a table that no frame comes to (install_dvr_process_ipv4 of br_dvr_process.py), so that every host hears
 * them, and answers alike.
 */
const keepsQuestions = (sender: Member): boolean => sender.kind !== 'outsider' && isTunnelled(sender.network);

/**
 * Every host that has a part of a distributed router has its addresses, with the same MAC addresses: no question for
 * them, nor what the router itself says of them, may be heard elsewhere (Neutron's "Open vSwitch: High availability
 * using DVR").
 */
function asksDistributed(here: readonly Member[], sender: Member, { target_ip }: Frame): boolean {
  return [sender, ...here].some(
    (one) =>
      one.kind !== 'outsider' &&
      one.distributed === true &&
      one.port.fixed_ips.some(({ ip_address }) => ip_address === target_ip),
  );
}

/**
 * Only where addresses are announced (l2population), and only in tunnelled networks. Those of routers with ha are not:
 * the host that has them changes without the server's doing.
 */
function answersArp({ options }: Topology, sender: Member): boolean {
  if (sender.kind === 'outsider' || !isTunnelled(sender.network)) return false;
  return options.l2_population && options.arp_responder;
}
