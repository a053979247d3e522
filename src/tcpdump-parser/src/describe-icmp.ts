import type { Icmp } from './protocols/icmp.ts';
import type { Icmpv6 } from './protocols/icmpv6.ts';

const UNREACHABLE: Readonly<Record<number, string>> = {
  0: 'net unreachable',
  1: 'host unreachable',
  2: 'protocol unreachable',
  3: 'port unreachable',
  9: 'net prohibited',
  10: 'host prohibited',
  13: 'admin prohibited',
};

const UNREACHABLE_V6: Readonly<Record<number, string>> = {
  0: 'no route',
  1: 'admin prohibited',
  2: 'beyond scope',
  3: 'address unreachable',
  4: 'port unreachable',
};

/** An ICMP header in words. */
export function describeIcmp(layer: Icmp): string {
  const { type, code } = layer;
  switch (type) {
    case 0:
    case 8:
      return `ICMP echo ${type === 8 ? 'request' : 'reply'}, id ${layer.identifier}, seq ${layer.sequence}`;
    case 3:
      if (code === 4) return `ICMP need to frag, mtu ${layer.nextHopMtu}`;
      return `ICMP ${UNREACHABLE[code] ?? `unreachable, code ${code}`}`;
    case 5:
      return `ICMP redirect to ${layer.gateway}`;
    case 11:
      return code === 0 ? 'ICMP time exceeded in-transit' : 'ICMP reassembly time exceeded';
    default:
      return `ICMP type ${type}, code ${code}`;
  }
}

/** An ICMPv6 header in words. */
export function describeIcmpv6(layer: Icmpv6): string {
  const { type, code } = layer;
  switch (type) {
    case 1:
      return `ICMP6 ${UNREACHABLE_V6[code] ?? `unreachable, code ${code}`}`;
    case 2:
      return `ICMP6 packet too big, mtu ${layer.mtu}`;
    case 3:
      return 'ICMP6 time exceeded';
    case 128:
    case 129:
      return `ICMP6 echo ${type === 128 ? 'request' : 'reply'}, id ${layer.identifier}, seq ${layer.sequence}`;
    case 133:
      return 'ICMP6 router solicitation';
    case 134:
      return `ICMP6 router advertisement, lifetime ${layer.routerLifetime} s`;
    case 135:
      return `ICMP6 neighbor solicitation, who has ${layer.targetAddress}`;
    case 136:
      return `ICMP6 neighbor advertisement, tgt is ${layer.targetAddress}`;
    case 143:
      return 'ICMP6 multicast listener report v2';
    default:
      return `ICMP6 type ${type}, code ${code}`;
  }
}
