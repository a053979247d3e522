/** Connections that a change of rules, members or ports ends, as the agent ends them. */
import type { Allocations, Port, Topology } from '../../../topology/topology.ts';
import type { Chosen, Effect } from '../../target.ts';
import { removedMembers, removedRules } from './changes.ts';
import { deleteConnections, deleteConnectionsWith, flushConnections } from './connections.ts';
import { zonePool } from './hybrid.ts';
import { membersOf } from './members.ts';
import { rulesOf } from './rules.ts';

export const firewallEffects = (before: Topology, after: Topology, chosen: Chosen): Effect[] => {
  const { firewall_driver } = after.options;
  if (firewall_driver !== before.options.firewall_driver) return [];
  if (firewall_driver === 'iptables_hybrid') return hybridEffects(before, after, chosen);
  return firewall_driver === 'openvswitch' ? openFlowEffects(before, after, chosen) : [];
};

/** The host that filters the port. */
const filterOf = (port: Port | undefined): string | undefined =>
  port?.port_security_enabled === true && port.admin_state_up ? port['binding:host_id'] : undefined;

const numberIn = (chosen: Allocations, pool: string, name: string): number | undefined => {
  const number = chosen[pool]?.[name];
  return number === undefined ? undefined : Number(number);
};

/** _remove_conntrack_entries_from_sg_updates and remove_port_filter of iptables_firewall.py. */
const hybridEffects = (before: Topology, after: Topology, chosen: Chosen): Effect[] =>
  Object.values(before.ports).flatMap((was): Effect[] => {
    const node = filterOf(was);
    const is = after.ports[was.name];
    if (node === undefined || was.device === undefined) return [];
    const zoneWas = numberIn(chosen.before, zonePool(node), was.name);
    if (is === undefined || filterOf(is) !== node) {
      const because = `${was.name} is no longer on host ${node}`;
      return zoneWas === undefined ? [] : deleteConnections({ node, zone: zoneWas, because }, was);
    }
    const zone = numberIn(chosen.after, zonePool(node), is.name);
    if (zone === undefined) return [];
    const left = was.security_groups.filter((group) => !is.security_groups.includes(group));
    if (left.length > 0) {
      const because = `${is.name} has left security group ${left.join(', ')}`;
      return deleteConnections({ node, zone, because }, is);
    }
    return [
      ...removedRules(before, after, is).flatMap((rule) =>
        deleteConnections({ node, zone, because: `rule ${rule.text} is gone` }, is, { rule }),
      ),
      ...removedMembers(before, after, is).flatMap(({ group, ethertype, addresses }) => {
        const because = `${several(addresses)} no longer in group ${group}`;
        return deleteConnectionsWith({ node, zone, because }, is, ethertype, addresses);
      }),
    ];
  });

const several = ([first = '', ...others]: readonly string[]): string =>
  others.length === 0 ? `${first} is` : `${first} and ${others.length} more are`;

/** Everything that says what a port may send and get: when it changes, the driver makes the port's flows anew. */
const filterText = (topology: Topology, port: Port): string =>
  JSON.stringify([
    port.fixed_ips,
    port.allowed_address_pairs,
    rulesOf(topology, port).map(({ text, remote_group, ethertype }) => [
      text,
      remote_group === null
        ? []
        : membersOf(topology, remote_group, ethertype).map(({ ip_address }) => ip_address),
    ]),
  ]);

/**
 * Connections that were marked as no longer allowed are forgotten when a port's flows are made anew, so that a rule that
 * comes back lets them live on (_delete_invalid_conntrack_entries_for_port of openvswitch_firewall/firewall.py). The
 * driver leaves connections of a port that goes; a port that takes over its address would inherit what it had open.
 */
const openFlowEffects = (before: Topology, after: Topology, chosen: Chosen): Effect[] => {
  const vlan = (all: Allocations, host: string, { network }: Port) =>
    numberIn(all, `ml2-ovs/local-vlan/${host}`, network);
  const gone = Object.values(before.ports).flatMap((was): Effect[] => {
    const node = filterOf(was);
    if (node === undefined || filterOf(after.ports[was.name]) === node) return [];
    const zone = vlan(chosen.before, node, was);
    const because = `${was.name} is no longer on host ${node}`;
    return zone === undefined ? [] : [flushConnections({ node, zone, because }, [was], 'all')];
  });
  const renewed = Object.values(after.ports).flatMap((is) => {
    const node = filterOf(is);
    const zone = node === undefined ? undefined : vlan(chosen.after, node, is);
    const was = before.ports[is.name];
    if (node === undefined || zone === undefined) return [];
    if (was !== undefined && filterText(before, was) === filterText(after, is)) return [];
    return [{ node, zone, port: is }];
  });
  const zones = Map.groupBy(renewed, ({ node, zone }) => `${node} ${zone}`);
  const marked = [...zones.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { node, zone } = first;
    const ports = same.map(({ port }) => port);
    const because = `the rules of ${ports.map(({ name }) => name).join(', ')} have changed`;
    return [flushConnections({ node, zone, because }, ports, 'marked')];
  });
  return [...gone, ...marked];
};
