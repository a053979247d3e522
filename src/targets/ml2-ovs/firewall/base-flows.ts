/** Flows of the OpenFlow firewall that are there whatever the rules: addresses, DHCP, neighbours, connections. */
import type { Owner } from '../../../state/types.ts';
import type { Port } from '../../../topology/topology.ts';
import { act, type FlowSet, infrastructure, type Match } from '../flow-set.ts';
import { BR_INT } from '../names.ts';
import {
  ACCEPT_OR_INGRESS,
  ACCEPTED_EGRESS,
  ACCEPTED_EGRESS_NORMAL,
  ACCEPTED_INGRESS,
  BASE_EGRESS,
  BASE_INGRESS,
  DROPPED,
  RULES_EGRESS,
  RULES_INGRESS,
  TRANSIENT_TABLE,
} from '../tables.ts';
import { allowedPairs } from './addresses.ts';

/** ICMPv6 types (RFC 4443, 4861, 2710). */
const MLD_QUERY = 130;
const ROUTER_SOLICITATION = 133;
const ROUTER_ADVERTISEMENT = 134;
const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;

/** A connection that a rule no longer allows. */
const MARK_INVALID = 1;

/** A port that the firewall filters. */
export interface FilteredPort {
  readonly port: Port;
  readonly ofport: number;
  readonly vlan: number;
}

const portOwner = (port: Port, purpose: string): Owner => ({ kind: 'port', name: port.name, purpose });

/** _drop_all_unmatched_flows, _initialize_common_flows and _initialize_third_party_tables of firewall.py. */
export const firewallDefaults = (flows: FlowSet): void => {
  const owner = (purpose: string) => infrastructure(BR_INT, purpose);
  for (const table of [BASE_EGRESS, RULES_EGRESS, ACCEPT_OR_INGRESS, BASE_INGRESS, RULES_INGRESS])
    flows.add(BR_INT, table, 0, {}, act.drop, owner('no security group rule allows it'));
  flows.add(
    BR_INT,
    BASE_EGRESS,
    110,
    { ct_state: '+trk' },
    [act.ctClear, act.resubmit(BASE_EGRESS)],
    owner('a packet comes to the firewall without what is known of its connection'),
  );
  flows.add(BR_INT, ACCEPTED_EGRESS_NORMAL, 1, {}, act.normal, owner('egress that is allowed'));
  const toNormal = act.resubmit(ACCEPTED_EGRESS_NORMAL);
  flows.add(BR_INT, ACCEPTED_EGRESS, 1, {}, toNormal, owner('egress that is allowed, first packet'));
  const ingress = owner('ingress that was allowed has been delivered already');
  flows.add(BR_INT, ACCEPTED_INGRESS, 0, {}, act.drop, ingress);
  flows.add(BR_INT, DROPPED, 0, {}, act.drop, owner('no security group rule allows it'));
};

/** A port without port security, or one that Neutron trusts (_initialize_egress_no_port_security). */
export const unfilteredPort = (flows: FlowSet, { port, ofport, vlan }: FilteredPort): void => {
  const owner = portOwner(port, `${port.name} is not filtered: it has no port security`);
  flows.add(
    BR_INT,
    TRANSIENT_TABLE,
    100,
    { in_port: ofport },
    [act.setRegister(5, ofport), act.setRegister(6, vlan), act.resubmit(ACCEPT_OR_INGRESS)],
    owner,
  );
  flows.add(BR_INT, ACCEPT_OR_INGRESS, 80, { reg5: ofport }, act.resubmit(ACCEPTED_EGRESS_NORMAL), owner);
};

/** Tells what comes from the port, and what goes to it (initialize_port_flows). */
export const classify = (
  flows: FlowSet,
  { port, ofport, vlan }: FilteredPort,
  macs: readonly string[],
  segment: number | 'none' | undefined,
): void => {
  const registers = [act.setRegister(5, ofport), act.setRegister(6, vlan)];
  const from = portOwner(port, `from ${port.name}`);
  const to = portOwner(port, `to ${port.name}`);
  const egress = [...registers, act.resubmit(BASE_EGRESS)];
  flows.add(BR_INT, TRANSIENT_TABLE, 100, { in_port: ofport }, egress, from);
  const ingress = [...registers, act.popVlan, act.resubmit(BASE_INGRESS)];
  for (const dl_dst of macs) {
    if (segment !== undefined) {
      const untagged = [...registers, act.resubmit(BASE_INGRESS)];
      const match = { dl_vlan: segment, dl_dst };
      flows.add(BR_INT, TRANSIENT_TABLE, 90, match, segment === 'none' ? untagged : ingress, to);
    }
    if (segment !== vlan) flows.add(BR_INT, TRANSIENT_TABLE, 90, { dl_vlan: vlan, dl_dst }, ingress, to);
    flows.add(
      BR_INT,
      ACCEPT_OR_INGRESS,
      100,
      { reg6: vlan, dl_dst },
      [act.setRegister(5, ofport), act.resubmit(BASE_INGRESS)],
      to,
    );
  }
};

/** What a port may send before any rule is asked (_initialize_egress). */
export const baseEgress = (flows: FlowSet, { port, ofport }: FilteredPort): void => {
  const { name, mac_address } = port;
  const from = { reg5: ofport, in_port: ofport } as const;
  const add = (priority: number, match: Match, actions: readonly string[] | string, purpose: string): void =>
    flows.add(BR_INT, BASE_EGRESS, priority, { ...from, ...match }, actions, portOwner(port, purpose));
  const accept = act.resubmit(ACCEPTED_EGRESS_NORMAL);
  const track = act.ctTable(RULES_EGRESS);
  const drop = act.resubmit(DROPPED);
  const client = act.resubmit(ACCEPT_OR_INGRESS);

  for (const { mac_address: dl_src, ip_address } of allowedPairs(port, 4)) {
    const own = `its own address ${ip_address}`;
    add(95, { protocol: 'arp', dl_src, arp_spa: ip_address }, accept, `${name} sends ARP for ${own}`);
    add(95, { protocol: 'rarp', dl_src }, accept, `${name} sends RARP`);
    add(65, { protocol: 'ip', dl_src, nw_src: ip_address }, track, `${name} sends from ${own}`);
    const dhcp = { protocol: 'udp', dl_src, nw_src: ip_address, tp_src: 68, tp_dst: 67 } as const;
    add(80, dhcp, client, `${name} is a DHCP client`);
  }
  const discover = {
    protocol: 'udp',
    dl_src: mac_address,
    nw_src: '0.0.0.0',
    tp_src: 68,
    tp_dst: 67,
  } as const;
  add(80, discover, client, `${name} is a DHCP client`);
  for (const { mac_address: dl_src, ip_address } of allowedPairs(port, 6)) {
    const own = `its own address ${ip_address}`;
    for (const icmp_type of [MLD_QUERY, ROUTER_SOLICITATION, NEIGHBOUR_SOLICITATION]) {
      const match = { protocol: 'icmp6', dl_src, ipv6_src: ip_address, icmp_type } as const;
      add(95, match, accept, `${name} looks for neighbours and routers from ${own}`);
    }
    const advertisement = {
      protocol: 'icmp6',
      icmp_type: NEIGHBOUR_ADVERTISEMENT,
      nd_target: ip_address,
    } as const;
    add(95, advertisement, accept, `${name} advertises ${own}`);
    add(65, { protocol: 'ipv6', dl_src, ipv6_src: ip_address }, track, `${name} sends from ${own}`);
    const dhcp = { protocol: 'udp6', dl_src, ipv6_src: ip_address, tp_src: 546, tp_dst: 547 } as const;
    add(80, dhcp, client, `${name} is a DHCPv6 client`);
  }
  const server = `${name} must not be a DHCP server`;
  add(70, { protocol: 'udp', tp_src: 67, tp_dst: 68 }, drop, server);
  add(70, { protocol: 'udp6', tp_src: 547, tp_dst: 546 }, drop, server);
  const router = { protocol: 'icmp6', icmp_type: ROUTER_ADVERTISEMENT } as const;
  add(70, router, drop, `${name} must not advertise itself as a router`);
  add(10, {}, [act.ctClear, drop], `${name} sends from an address that is not its own`);

  const owner = portOwner(port, `egress of ${name} that is allowed`);
  for (const protocol of ['ip', 'ipv6'] as const) {
    const match = { ct_state: '+new-est', protocol, reg5: ofport };
    flows.add(BR_INT, ACCEPT_OR_INGRESS, 90, match, [act.ctCommit, act.resubmit(ACCEPTED_EGRESS)], owner);
  }
  flows.add(BR_INT, ACCEPT_OR_INGRESS, 80, { reg5: ofport }, accept, owner);
};

/** What a port gets before any rule is asked (_initialize_ingress). */
export const baseIngress = (flows: FlowSet, { port, ofport }: FilteredPort): void => {
  const { name } = port;
  const add = (priority: number, match: Match, actions: string, purpose: string): void =>
    flows.add(BR_INT, BASE_INGRESS, priority, { reg5: ofport, ...match }, actions, portOwner(port, purpose));
  const deliver = act.output(ofport);
  add(100, { protocol: 'arp' }, deliver, `ARP to ${name}`);
  for (const icmp_type of [
    MLD_QUERY,
    NEIGHBOUR_SOLICITATION,
    NEIGHBOUR_ADVERTISEMENT,
    ROUTER_ADVERTISEMENT,
  ]) {
    add(100, { protocol: 'icmp6', icmp_type }, deliver, `neighbour discovery to ${name}`);
  }
  add(95, { protocol: 'udp', tp_src: 67, tp_dst: 68 }, deliver, `DHCP answers to ${name}`);
  add(95, { protocol: 'udp6', tp_src: 547, tp_dst: 546 }, deliver, `DHCP answers to ${name}`);
  for (const protocol of ['ip', 'ipv6'] as const)
    add(
      90,
      { ct_state: '-trk', protocol },
      act.ctTable(RULES_INGRESS),
      `the connection of a packet to ${name}`,
    );
  add(80, { ct_state: '+trk' }, act.resubmit(RULES_INGRESS), `a packet to ${name}`);
};

/** Connections: replies pass, what no rule allows any longer is marked (_initialize_tracked_egress and _ingress). */
export const tracked = (
  flows: FlowSet,
  direction: 'ingress' | 'egress',
  { port, ofport, vlan }: FilteredPort,
): void => {
  const { name } = port;
  const table = direction === 'ingress' ? RULES_INGRESS : RULES_EGRESS;
  const accept = direction === 'ingress' ? act.output(ofport) : act.resubmit(ACCEPTED_EGRESS_NORMAL);
  const drop = act.resubmit(DROPPED);
  const add = (priority: number, match: Match, actions: string, purpose: string): void =>
    flows.add(BR_INT, table, priority, { reg5: ofport, ...match }, actions, portOwner(port, purpose));
  const invalid = infrastructure(BR_INT, 'belongs to no connection');
  flows.add(BR_INT, table, 50, { ct_state: '+inv+trk' }, drop, invalid);
  const cut = `a connection of ${name} that no security group rule allows any longer`;
  add(50, { ct_mark: MARK_INVALID }, drop, cut);
  for (const ct_state of ['+est-rel+rpl', '-new-est+rel-inv']) {
    const match = { ct_state, ct_mark: 0, ct_zone: vlan };
    add(50, match, accept, `belongs to a connection of ${name} that is allowed`);
  }
  add(40, { ct_state: '-est' }, drop, `no ${direction} rule of a security group of ${name} allows it`);
  for (const protocol of ['ip', 'ipv6'] as const)
    add(40, { ct_state: '+est', protocol }, act.ctCommitMark(MARK_INVALID), cut);
};
