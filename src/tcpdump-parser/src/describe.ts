import { describeIcmp, describeIcmpv6 } from './describe-icmp.ts';
import type { Dissection } from './dissection.ts';
import { quoted, split } from './dissection.ts';
import type { Layer, LayerOf, Protocol } from './layers.ts';

/** One line for humans in the manner of tcpdump, the levels of encapsulation parted by bars, the outermost first. */
export function describe(dissection: Dissection): string {
  const levels = split(dissection);
  const parts = levels.map((level, index) =>
    describeLevel(level.layers, dissection, index === levels.length - 1),
  );
  const about = quoted(dissection.layers);
  const tail = about.length > 0 ? ` (about ${describeLevel(about, dissection, false)})` : '';
  const error = dissection.error ? ` [! ${dissection.error.message}]` : '';
  return parts.join(' | ') + tail + error;
}

type Ends = { source: string; destination: string };

/** What has been said of a packet so far. */
interface Line {
  readonly head: string[];
  ends: Ends | undefined;
  ports: [number, number] | undefined;
  readonly tail: string[];
}

function describeLevel(layers: readonly Layer[], dissection: Dissection, last: boolean): string {
  const line: Line = { head: [], ends: undefined, ports: undefined, tail: [] };
  for (const layer of layers) describeLayer(layer, line);
  const length = `length ${last ? dissection.payloadEnd - dissection.payloadOffset : 0}`;
  const { head, ends, ports, tail } = line;
  if (!ends) return [...head, ...tail, ...(last && tail.length === 0 ? [length] : [])].join(', ');
  const [from, to] = ports ? [`.${ports[0]}`, `.${ports[1]}`] : ['', ''];
  const way = `${ends.source}${from} > ${ends.destination}${to}`;
  const rest = last ? [...tail, length] : tail;
  return `${[...head, way].join(' ')}${rest.length > 0 ? `: ${rest.join(', ')}` : ''}`;
}

type Describe<P extends Protocol> = (layer: LayerOf<P>, line: Line) => void;

function nothing(): void {}

const DESCRIBE: { readonly [P in Protocol]: Describe<P> } = {
  ethernet: nothing,
  linuxCooked: nothing,
  ipv6HopByHop: nothing,
  ipv6DestinationOptions: nothing,
  vlan: ({ vlanId }, { head }) => head.push(`vlan ${vlanId}`),
  llc: (_, { head }) => head.push('LLC'),
  ipv4: (layer, line) => {
    line.head.push('IP');
    line.ends = layer;
    if (layer.isFragment) line.tail.push(fragment(layer));
  },
  ipv6: (layer, line) => {
    line.head.push('IP6');
    line.ends = layer;
  },
  ipv6Fragment: (layer, { tail }) => tail.push(fragment(layer)),
  ipv6Routing: ({ routingType, segmentsLeft }, { tail }) =>
    tail.push(`routing type ${routingType}, ${segmentsLeft} left`),
  icmp: (layer, { tail }) => tail.push(describeIcmp(layer)),
  icmpv6: (layer, { tail }) => tail.push(describeIcmpv6(layer)),
  sctp: (layer, line) => addPorts(layer, line, 'SCTP'),
  udp: (layer, line) => addPorts(layer, line, 'UDP'),
  tcp: (layer, line) => addPorts(layer, line, describeTcp(layer)),
  arp: (layer, { tail }) => tail.push(describeArp(layer)),
  vxlan: ({ vni }, { tail }) => tail.push(`VXLAN, vni ${vni}`),
  geneve: ({ vni }, { tail }) => tail.push(`Geneve, vni ${vni}`),
  gre: ({ key }, { tail }) => tail.push(key === undefined ? 'GRE' : `GRE, key ${key}`),
  stp: (layer, { tail }) =>
    tail.push(
      layer.type === 0x80 ? 'STP, topology change' : `STP, root ${layer.rootPriority}.${layer.rootMac}`,
    ),
  igmp: ({ type, groupAddress }, { tail }) =>
    tail.push(`IGMP, type ${type}${groupAddress === undefined ? '' : `, group ${groupAddress}`}`),
  vrrp: ({ version, virtualRouterId, priority }, { tail }) =>
    tail.push(`VRRPv${version}, vrid ${virtualRouterId}, prio ${priority}`),
  dhcp: (layer, { tail }) =>
    tail.push(`DHCP, ${DHCP_TYPES[layer.messageType ?? 0] ?? 'BOOTP'} from ${layer.clientMac}`),
  dhcpv6: ({ messageType }, { tail }) => tail.push(`DHCPv6, type ${messageType}`),
  dns: (layer, { tail }) => tail.push(describeDns(layer)),
  http: ({ startLine }, { tail }) => tail.push(`HTTP, ${startLine}`),
};

function describeLayer(layer: Layer, line: Line): void {
  // The table pairs each protocol with its function, which the compiler cannot see through a lookup.
  (DESCRIBE[layer.protocol] as Describe<Protocol>)(layer, line);
}

function fragment(layer: { readonly identification: number; readonly fragmentOffset: number }): string {
  return `frag id ${layer.identification} offset ${layer.fragmentOffset}`;
}

function addPorts(
  layer: { readonly sourcePort: number; readonly destinationPort: number },
  line: Line,
  text: string,
): void {
  line.ports = [layer.sourcePort, layer.destinationPort];
  line.tail.push(text);
}

function describeArp(layer: LayerOf<'arp'>): string {
  if (layer.operation === 1) return `ARP, Request who-has ${layer.targetIp} tell ${layer.senderIp}`;
  if (layer.operation === 2) return `ARP, Reply ${layer.senderIp} is-at ${layer.senderMac}`;
  return `ARP, operation ${layer.operation}`;
}

function describeDns(layer: LayerOf<'dns'>): string {
  const { questions, answers } = layer.sections;
  const [question] = questions;
  const name = question ? `type ${question.type} ${question.name}` : 'no question';
  if (!layer.flags.response) return `DNS, query ${layer.id}, ${name}`;
  const values = answers.map((answer) => answer.value ?? `type ${answer.type}`);
  return [`DNS, answer ${layer.id}, ${name}, code ${layer.responseCode}`, ...values].join(', ');
}

const DHCP_TYPES = ['BOOTP', 'Discover', 'Offer', 'Request', 'Decline', 'Ack', 'Nak', 'Release', 'Inform'];

function describeTcp(layer: LayerOf<'tcp'>): string {
  if (!layer.complete) return `TCP, seq ${layer.sequence}`;
  const { fin, syn, rst, psh, urg, ece, cwr, ack } = layer.flags;
  const letters = { F: fin, S: syn, R: rst, P: psh, U: urg, E: ece, W: cwr, '.': ack };
  const flags = Object.entries(letters).flatMap(([letter, on]) => (on ? [letter] : []));
  const parts = [`Flags [${flags.join('') || 'none'}]`, `seq ${layer.sequence}`];
  if (ack) parts.push(`ack ${layer.acknowledgment}`);
  return [...parts, `win ${layer.window}`].join(', ');
}
