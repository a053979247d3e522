import { Cursor, type DissectOptions } from './cursor.ts';
import { Dissection } from './dissection.ts';
import type { Layer } from './layers.ts';
import { dissectArp } from './protocols/arp.ts';
import { dissectDhcp } from './protocols/dhcp.ts';
import { dissectDhcpv6 } from './protocols/dhcpv6.ts';
import { dissectDns } from './protocols/dns.ts';
import { dissectEthernet } from './protocols/ethernet.ts';
import { dissectGeneve } from './protocols/geneve.ts';
import { dissectGre } from './protocols/gre.ts';
import { dissectHttp } from './protocols/http.ts';
import { dissectIcmp } from './protocols/icmp.ts';
import { dissectIcmpv6 } from './protocols/icmpv6.ts';
import { dissectIgmp } from './protocols/igmp.ts';
import { dissectIpv4 } from './protocols/ipv4.ts';
import { dissectIpv6 } from './protocols/ipv6.ts';
import { dissectFragment } from './protocols/ipv6-fragment.ts';
import { dissectDestinationOptions, dissectHopByHop } from './protocols/ipv6-options.ts';
import { dissectRouting } from './protocols/ipv6-routing.ts';
import { dissectSll, dissectSll2 } from './protocols/linux-cooked.ts';
import { dissectLlc } from './protocols/llc.ts';
import { dissectSctp } from './protocols/sctp.ts';
import { dissectStp } from './protocols/stp.ts';
import { dissectTcp } from './protocols/tcp.ts';
import { dissectUdp } from './protocols/udp.ts';
import { dissectVlan } from './protocols/vlan.ts';
import { dissectVrrp } from './protocols/vrrp.ts';
import { dissectVxlan } from './protocols/vxlan.ts';
import { STEP, type Step } from './step.ts';

/** More headers than any network stacks; a frame that has more is made to exhaust its reader. */
const MAX_LAYERS = 64;

const DISSECTORS: readonly ((cursor: Cursor) => Step)[] = table({
  ethernet: dissectEthernet,
  vlan: dissectVlan,
  llc: dissectLlc,
  stp: dissectStp,
  arp: dissectArp,
  ipv4: dissectIpv4,
  ipv6: dissectIpv6,
  hopByHop: dissectHopByHop,
  destinationOptions: dissectDestinationOptions,
  routing: dissectRouting,
  fragment: dissectFragment,
  icmp: dissectIcmp,
  icmpv6: dissectIcmpv6,
  igmp: dissectIgmp,
  tcp: dissectTcp,
  udp: dissectUdp,
  sctp: dissectSctp,
  vxlan: dissectVxlan,
  gre: dissectGre,
  geneve: dissectGeneve,
  dhcp: dissectDhcp,
  dhcpv6: dissectDhcpv6,
  dns: dissectDns,
  vrrp: dissectVrrp,
  http: dissectHttp,
  sll: dissectSll,
  sll2: dissectSll2,
  ip: dissectIp,
});

/** A raw IP link says its version only in the packet. */
function dissectIp(cursor: Cursor): Step {
  return (cursor.frame[0] as number) >>> 4 === 6 ? STEP.ipv6 : STEP.ipv4;
}

function table(
  dissectors: Partial<Record<keyof typeof STEP, (cursor: Cursor) => Step>>,
): ((cursor: Cursor) => Step)[] {
  const size = Math.max(...Object.values(STEP)) + 1;
  const list: ((cursor: Cursor) => Step)[] = Array.from({ length: size }, () => () => STEP.done);
  for (const [name, dissector] of Object.entries(dissectors))
    list[STEP[name as keyof typeof STEP]] = dissector;
  return list;
}

const LINK_TYPES: Readonly<Record<number, Step>> = {
  1: STEP.ethernet,
  101: STEP.ip,
  113: STEP.sll,
  228: STEP.ipv4,
  229: STEP.ipv6,
  276: STEP.sll2,
};

const DEFAULTS: DissectOptions = {};

/**
 * Reads the headers of a frame. Never throws: where bytes are missing or make no sense, the layers so far are there, the
 * rest is the payload, and `error` says what is wrong and where.
 */
export function dissect(frame: Uint8Array, options: DissectOptions = DEFAULTS): Dissection {
  const cursor = new Cursor(frame, options);
  const { linkType = 1 } = options;
  let step = linkType === 1 ? STEP.ethernet : LINK_TYPES[linkType];
  if (step === undefined)
    step = cursor.fail('TCPDUMP_UNKNOWN_LINK_TYPE', 'frame', `link type ${linkType} is not known`);
  while (step !== STEP.done) {
    if (cursor.layers.length >= MAX_LAYERS) {
      cursor.fail('TCPDUMP_TOO_MANY_LAYERS', 'frame', `more than ${MAX_LAYERS} headers`);
      break;
    }
    step = (DISSECTORS[step] as (cursor: Cursor) => Step)(cursor);
  }
  return new Dissection(
    frame,
    cursor.layers as unknown as Layer[],
    cursor.offset,
    Math.max(cursor.offset, cursor.end),
    cursor.error,
  );
}
