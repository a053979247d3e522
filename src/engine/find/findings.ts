import type { Feature, NodeFacts } from './probe-kernel.ts';

export type FindingStatus = 'ok' | 'degraded' | 'missing';

export type Finding = {
  readonly id: string;
  readonly title: string;
  readonly status: FindingStatus;
  /** What was found, and what follows from it. */
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
};

type Row = {
  readonly feature: Feature;
  readonly title: string;
  /** Whether nothing works without it, or something works in another way. */
  readonly absent: Exclude<FindingStatus, 'ok'>;
  readonly with: string;
  readonly without: string;
  readonly module?: string;
};

// biome-ignore format: a table
const ROWS: readonly Row[] = [
  { feature: 'veth', title: 'veth pairs', absent: 'missing', module: 'veth',
    with: 'guests and wires', without: 'no guest and no wire can be made' },
  { feature: 'netns', title: 'network namespaces in nodes', absent: 'missing',
    with: 'guests, routers and DHCP servers', without: 'no guest can be made; the engine withholds CAP_SYS_ADMIN' },
  { feature: 'sysctl', title: 'writable /proc/sys in nodes', absent: 'missing',
    with: 'routers forward', without: 'routers do not forward; the engine masks /proc/sys (a rootless one does)' },
  { feature: 'ovs', title: 'Open vSwitch in the kernel', absent: 'degraded', module: 'openvswitch',
    with: 'bridges use datapath_type=system', without: 'bridges use datapath_type=netdev (user space): one VLAN header at most, no QinQ' },
  { feature: 'tun', title: 'TUN/TAP', absent: 'missing', module: 'tun',
    with: 'internal ports of user-space bridges, TAP ports', without: 'no internal port on a user-space bridge' },
  { feature: 'bridge', title: 'Linux bridge', absent: 'degraded', module: 'bridge',
    with: 'the hybrid firewall', without: 'no hybrid iptables firewall' },
  { feature: 'brnf', title: 'br_netfilter', absent: 'degraded', module: 'br_netfilter',
    with: 'iptables sees bridged packets: the hybrid firewall filters', without: 'the hybrid firewall would let everything pass: its stories are skipped' },
  { feature: 'conntrack', title: 'connection tracking', absent: 'missing', module: 'nf_conntrack_netlink',
    with: 'NAT and stateful firewalls in namespaces, read by conntrack', without: 'no NAT in routers' },
  { feature: 'iptables', title: 'iptables with conntrack', absent: 'missing', module: 'nf_tables nft_compat xt_conntrack',
    with: 'routers and the hybrid firewall', without: 'no floating IP, no hybrid firewall' },
  { feature: 'nftables', title: 'nftables', absent: 'degraded', module: 'nf_tables',
    with: 'loss and faults by rule', without: 'no loss faults' },
  { feature: 'ipset', title: 'ipset', absent: 'degraded', module: 'ip_set_hash_ip ip_set_hash_net',
    with: 'remote groups of the hybrid firewall', without: 'remote groups of the hybrid firewall become one rule an address' },
  { feature: 'nfset', title: 'iptables set match', absent: 'degraded', module: 'xt_set',
    with: 'rules match sets', without: 'remote groups of the hybrid firewall become one rule an address' },
  { feature: 'vxlan', title: 'kernel VXLAN', absent: 'degraded', module: 'vxlan',
    with: 'VXLAN devices outside of Open vSwitch', without: 'VXLAN by Open vSwitch only' },
  { feature: 'gre', title: 'kernel GRE', absent: 'degraded', module: 'ip_gre',
    with: 'GRE devices outside of Open vSwitch', without: 'GRE by Open vSwitch only' },
  { feature: 'vlan', title: 'kernel VLAN devices', absent: 'degraded', module: '8021q',
    with: 'guests can have VLAN sub-interfaces', without: 'trunks are made of Open vSwitch ports' },
  { feature: 'vrf', title: 'VRF', absent: 'degraded', module: 'vrf',
    with: 'VRF devices', without: 'routers are namespaces only' },
  { feature: 'macvlan', title: 'macvlan', absent: 'degraded', module: 'macvlan',
    with: 'VRRP with a virtual MAC', without: 'VRRP without a virtual MAC only' },
  { feature: 'netem', title: 'netem', absent: 'degraded', module: 'sch_netem',
    with: 'delay, jitter, loss, reordering on any link', without: 'loss by nftables and rate by HTB; delay, jitter and reordering are skipped' },
  { feature: 'htb', title: 'HTB', absent: 'degraded', module: 'sch_htb',
    with: 'rate limits', without: 'no rate limits' },
  { feature: 'ingress', title: 'tc ingress', absent: 'degraded', module: 'sch_ingress',
    with: 'eBPF and filters at ingress', without: 'no filters at ingress' },
  { feature: 'police', title: 'tc policing', absent: 'degraded', module: 'cls_matchall act_police',
    with: 'Open vSwitch ingress policing limits', without: 'Open vSwitch ingress policing silently limits nothing: meters are used' },
];

/** What the kernel under the nodes allows, and what follows. */
export function kernelFindings(facts: NodeFacts): Finding[] {
  return ROWS.map((row) => {
    const said = facts.missing[row.feature];
    const common = { id: `kernel-${row.feature}`, title: row.title };
    if (said === undefined) return { ...common, status: 'ok', detail: row.with };
    // Open vSwitch logs a whole story where the kernel says one word.
    const reason =
      row.feature === 'ovs'
        ? 'no such datapath in this kernel'
        : said.replace(/^(RTNETLINK|Error)[^:]*: /, '');
    return {
      ...common,
      status: row.absent,
      detail: `${row.without} (${reason})`,
      ...(row.module === undefined
        ? {}
        : { remedy: `modprobe -a ${row.module}   (on the engine's machine)` }),
    };
  });
}

const CAP_SYS_RESOURCE = 24n;
const GIB = 1024 ** 3;
const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

/** What the engine's machine has to give: rights, processes, memory, disk. */
export function machineFindings(facts: NodeFacts): Finding[] {
  const privileged = (facts.capabilities >> CAP_SYS_RESOURCE) % 2n === 1n;
  const { pidLimit, memoryAvailable, diskAvailable } = facts;
  return [
    {
      id: 'privileged',
      title: 'rights of containers',
      status: 'ok',
      detail: privileged
        ? 'all capabilities are there; nodes get only those that they need'
        : 'CAP_SYS_RESOURCE is outside of the bounding set, so --privileged fails here; nodes do not need it',
    },
    {
      id: 'pids',
      title: 'process limit',
      ...(pidLimit !== undefined && pidLimit < 1000
        ? {
            status: 'degraded',
            detail: `${pidLimit} processes: enough for a small cloud`,
            remedy: 'raise pids.max',
          }
        : { status: 'ok', detail: pidLimit === undefined ? 'none' : `${pidLimit} processes` }),
    },
    {
      id: 'memory',
      title: 'free memory',
      ...(memoryAvailable < GIB
        ? {
            status: 'degraded',
            detail: `${gib(memoryAvailable)}: a node takes 30 MB`,
            remedy: 'end something else',
          }
        : { status: 'ok', detail: gib(memoryAvailable) }),
    },
    {
      id: 'disk',
      title: 'free disk of the engine',
      ...(diskAvailable < 2 * GIB
        ? {
            status: 'degraded',
            detail: `${gib(diskAvailable)}: the node image needs 1`,
            remedy: 'docker system df',
          }
        : { status: 'ok', detail: gib(diskAvailable) }),
    },
  ];
}
