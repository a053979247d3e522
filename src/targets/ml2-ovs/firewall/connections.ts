/** Commands that end connections: in the kernel's table for iptables, in Open vSwitch's own for flows. */
import { IP_PROTOCOLS } from '../../../topology/schema/security-groups.ts';
import type { Port } from '../../../topology/topology.ts';
import type { Effect } from '../../target.ts';
import { versionOf } from './addresses.ts';
import type { FirewallRule } from './rules.ts';

export interface Where {
  readonly node: string;
  readonly zone: number;
  readonly because: string;
}

const addressesOf = (port: Port): string[] => [
  ...new Set([...port.fixed_ips, ...port.allowed_address_pairs].map(({ ip_address }) => ip_address)),
];

/** Names of conntrack(8), which takes other protocols by their numbers. */
const PROTOCOLS = new Map<number, string>([
  ...(['tcp', 'udp', 'udplite', 'sctp', 'dccp', 'gre', 'icmp'] as const).map(
    (name) => [IP_PROTOCOLS[name], name] as const,
  ),
  [IP_PROTOCOLS['ipv6-icmp'], 'icmpv6'],
]);

/** What is to end; without either, all connections of the port. */
export interface Ending {
  readonly rule?: FirewallRule;
  readonly remote?: { readonly ip_address: string; readonly ethertype: FirewallRule['ethertype'] };
}

/** As _get_conntrack_cmds of neutron/agent/linux/ip_conntrack.py: a command for each address and direction. */
export const deleteConnections = (
  { node, zone, because }: Where,
  port: Port,
  { rule, remote }: Ending = {},
): Effect[] => {
  const ethertype = rule?.ethertype ?? remote?.ethertype;
  const directions = rule === undefined ? (['ingress', 'egress'] as const) : [rule.direction];
  const number = rule?.protocolNumber;
  // Number 0 is any protocol.
  const protocol =
    number === undefined || number === 0 ? [] : ['-p', PROTOCOLS.get(number) ?? String(number)];
  return addressesOf(port).flatMap((ip) => {
    const version = versionOf(ip);
    if (ethertype !== undefined && ethertype !== `IPv${version}`) return [];
    return directions.map((direction): Effect => {
      const [own, other] = direction === 'ingress' ? ['-d', '-s'] : ['-s', '-d'];
      const far = remote === undefined ? [] : [other, remote.ip_address.replace(/\/.*/u, '')];
      return {
        kind: 'run',
        node,
        namespace: '',
        because,
        argv: ['conntrack', '-D', ...protocol, '-f', `ipv${version}`, own, ip, '-w', String(zone), ...far],
        // 1: there was none.
        codes: [0, 1],
      };
    });
  });
};

/**
 * Each run of `conntrack -D` looks through the whole table, and most members of a big group have no connection at all:
 * those that have are looked up once. Arguments: family, zone, option for the port's address and the address, option for
 * the member's address, its field in the listing (whose first is that of the direction in which a connection began),
 * then members.
 */
const END = `
family=$1 zone=$2 own=$3 address=$4 other=$5 field=$6
shift 6
held=$(conntrack -L -f "$family" -w "$zone" "$own" "$address") || exit 2
echo "$held" | awk -v field="$field=" -v members="$*" '
  BEGIN {
    count = split(members, list, " ")
    for (i = 1; i <= count; i++) gone[list[i]] = 1
  }
  {
    for (i = 1; i <= NF && index($i, field) != 1; i++);
    member = substr($i, length(field) + 1)
    if (member in gone && !(member in told)) { told[member] = 1; print member }
  }
' | while read -r member; do
  # 1: it has ended by itself since.
  conntrack -D -f "$family" "$own" "$address" -w "$zone" "$other" "$member" || [ $? = 1 ] || exit 2
done`;

/** Ends a port's connections with addresses of one family: what `deleteConnections` does for each of them. */
export const deleteConnectionsWith = (
  where: Where,
  port: Port,
  ethertype: FirewallRule['ethertype'],
  remotes: readonly string[],
): Effect[] => {
  const [only] = remotes;
  if (only === undefined) return [];
  if (remotes.length === 1)
    return deleteConnections(where, port, { remote: { ip_address: only, ethertype } });
  const { node, zone, because } = where;
  const version = ethertype === 'IPv4' ? 4 : 6;
  const members = remotes.map((one) => one.replace(/\/.*/u, ''));
  return addressesOf(port)
    .filter((ip) => versionOf(ip) === version)
    .flatMap((ip) =>
      [
        ['-d', ip, '-s', 'src'],
        ['-s', ip, '-d', 'dst'],
      ].map((direction): Effect => {
        const argv = ['sh', '-c', END, 'end', `ipv${version}`, String(zone), ...direction, ...members];
        return { kind: 'run', node, namespace: '', because, argv };
      }),
    );
};

/**
 * Open vSwitch has no command that takes a mark: those that have it are looked up and ended one by one. Arguments: the
 * zone, a text that a line must have, then addresses ('*' for any).
 */
const FLUSH = `
zone=$1 having=$2
shift 2
ovs-appctl dpctl/dump-conntrack "zone=$zone" | awk -v having="$having" -v addresses="$*" '
  BEGIN {
    count = split(addresses, list, " ")
    for (i = 1; i <= count; i++) wanted[list[i]] = 1
    number["tcp"] = 6; number["udp"] = 17; number["icmp"] = 1; number["icmpv6"] = 58; number["sctp"] = 132
  }
  having != "" && index($0 ",", "," having ",") == 0 { next }
  match($0, /orig=[(][^)]*[)]/) {
    split("", field)
    count = split(substr($0, RSTART + 6, RLENGTH - 7), pairs, ",")
    for (i = 1; i <= count; i++) {
      at = index(pairs[i], "=")
      field[substr(pairs[i], 1, at - 1)] = substr(pairs[i], at + 1)
    }
    if (!(field["src"] in wanted) && !(field["dst"] in wanted) && !("*" in wanted)) next
    version = index(field["src"], ":") ? "ipv6" : "nw"
    tuple = "ct_" version "_src=" field["src"] ",ct_" version "_dst=" field["dst"]
    protocol = substr($0, 1, index($0, ",") - 1)
    if (protocol in number) tuple = tuple ",ct_nw_proto=" number[protocol]
    if ("sport" in field) tuple = tuple ",ct_tp_src=" field["sport"] ",ct_tp_dst=" field["dport"]
    print tuple
  }
' | while read -r tuple; do
  # One that has ended by itself since is gone as well.
  told=$(ovs-appctl dpctl/flush-conntrack "zone=$zone" "$tuple" 2>&1) || case $told in
    *"No such file or directory"*) ;;
    *) echo "$told" >&2; exit 2 ;;
  esac
done`;

export const flushConnections = (
  { node, zone, because }: Where,
  ports: readonly Port[],
  which: 'all' | 'marked',
): Effect => {
  const addresses = ports.flatMap(addressesOf).map((ip) => (ip.includes('/') ? '*' : ip));
  const having = which === 'marked' ? 'mark=1' : '';
  return {
    kind: 'run',
    node,
    namespace: '',
    because,
    argv: ['sh', '-c', FLUSH, 'flush', String(zone), having, ...new Set(addresses)],
  };
};
