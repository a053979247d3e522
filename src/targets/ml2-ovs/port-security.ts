import { linkLocalAddress } from '../../topology/ipv6.ts';
import type { BoundPort } from './bindings.ts';
import { act, type FlowSet } from './flow-set.ts';
import { BR_INT } from './names.ts';
import {
  ARP_SPOOF_TABLE,
  LOCAL_EGRESS_TABLE,
  LOCAL_SWITCHING,
  MAC_SPOOF_TABLE,
  PACKET_RATE_LIMIT,
} from './tables.ts';

const NEIGHBOUR_ADVERTISEMENT = 136;

/**
 * What keeps a guest to its own addresses while there is no OpenFlow firewall: the agent itself filters, because
 * noop and iptables_hybrid have provides_arp_spoofing_protection = False (neutron/agent/firewall.py; setup_arp_spoofing_protection
 * of ovs_neutron_agent.py; br_int.py). It looks at the source MAC of every frame, at the sender of ARP and at the
 * target of neighbour advertisements; not at the source of IP packets. Table 25 has no flow for the rest, and a miss
 * is a drop.
 */
export const portSecurity = (flows: FlowSet, { port, ofport: in_port }: BoundPort): void => {
  if (!port.port_security_enabled) return;
  const owner = (purpose: string) => ({ kind: 'port', name: port.name, purpose }) as const;
  const from = owner(`port security of ${port.name}`);

  const pairs = port.allowed_address_pairs;
  const macs = [...new Set([port.mac_address, ...pairs.map(({ mac_address }) => mac_address)])];
  for (const dl_src of macs) {
    flows.add(BR_INT, MAC_SPOOF_TABLE, 2, { in_port, dl_src }, act.goto(LOCAL_EGRESS_TABLE), {
      ...from,
      purpose: `${port.name} sends from its own MAC address ${dl_src}`,
    });
  }
  flows.add(BR_INT, LOCAL_SWITCHING, 9, { in_port }, act.goto(MAC_SPOOF_TABLE), from);

  const addresses = [...port.fixed_ips, ...pairs].map(({ ip_address }) => ip_address);
  // A port that may have any address is not asked which one it is.
  const anyAddress = (version: 4 | 6): boolean =>
    addresses.some((address) => address.endsWith('/0') && address.includes(':') === (version === 6));
  if (!anyAddress(6)) {
    const advertised = [
      ...addresses.filter((address) => address.includes(':')),
      ...macs.map(linkLocalAddress),
    ];
    for (const ip of advertised) {
      const match = {
        protocol: 'icmp6',
        in_port,
        icmp_type: NEIGHBOUR_ADVERTISEMENT,
        nd_target: ip,
      } as const;
      flows.add(BR_INT, ARP_SPOOF_TABLE, 2, match, act.goto(PACKET_RATE_LIMIT), {
        ...from,
        purpose: `${port.name} advertises its own address ${ip}`,
      });
    }
    const advertisement = { protocol: 'icmp6', in_port, icmp_type: NEIGHBOUR_ADVERTISEMENT } as const;
    flows.add(BR_INT, LOCAL_SWITCHING, 10, advertisement, act.goto(ARP_SPOOF_TABLE), from);
  }

  if (anyAddress(4)) return;
  for (const ip of addresses.filter((address) => !address.includes(':'))) {
    const match = { protocol: 'arp', in_port, arp_spa: ip } as const;
    flows.add(BR_INT, ARP_SPOOF_TABLE, 2, match, act.goto(MAC_SPOOF_TABLE), {
      ...from,
      purpose: `${port.name} sends ARP for its own address ${ip}`,
    });
  }
  flows.add(BR_INT, LOCAL_SWITCHING, 10, { protocol: 'arp', in_port }, act.goto(ARP_SPOOF_TABLE), from);
};
