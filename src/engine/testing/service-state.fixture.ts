import {
  type CloudState,
  emptyNamespace,
  emptyNode,
  type FlowState,
  GUESTS,
  MARKER_PRIORITY,
  MARKER_REQUEST_MAC,
  type NamespaceState,
  type NetfilterChainState,
  type OvsPortState,
  type Owner,
  type ProcessState,
  type WireState,
} from '../../state/index.ts';

const owner: Owner = { kind: 'network', name: 'red', purpose: 'a service for tests' };

export const chain = (
  table: NetfilterChainState['table'],
  name: string,
  rules: readonly string[],
  options: Partial<Pick<NetfilterChainState, 'family' | 'policy'>> = {},
): NetfilterChainState => ({
  family: 'ipv4',
  table,
  chain: name,
  rules: rules.map((text) => ({ text, owner: { ...owner, purpose: `rule ${text}` } })),
  ...options,
});

const keyed = (chains: readonly NetfilterChainState[]) =>
  Object.fromEntries(chains.map((one) => [`${one.family} ${one.table} ${one.chain}`, one]));

const port = (name: string, ofport: number, type: OvsPortState['type']): OvsPortState => ({
  name,
  bridge: 'br-int',
  type,
  ofport,
  options: {},
  external_ids: {},
  owner,
});

const flow = (priority: number, match: string, actions: string): FlowState => ({
  bridge: 'br-int',
  table: 0,
  priority,
  match,
  actions,
  cookie: '0x1',
  owner,
});

/** What of it a test changes. */
export interface Service {
  /** Where the service's device and daemon are. */
  readonly namespace: string;
  readonly chains: readonly NetfilterChainState[];
  readonly members: readonly string[];
  readonly hosts: string;
  readonly options: readonly string[];
  readonly rules: NamespaceState['rules'];
  readonly routes: NamespaceState['routes'];
  readonly addresses: readonly string[];
}

export const service: Service = {
  namespace: 'qdhcp-red',
  chains: [
    chain('filter', 'INPUT', ['-j guard'], { policy: 'ACCEPT' }),
    chain('filter', 'guard', ['-m set --match-set friends src -m comment --comment "they may" -j RETURN']),
    chain('filter', 'guard', ['-p ipv6-icmp -j RETURN'], { family: 'ipv6' }),
    chain('nat', 'POSTROUTING', ['-o tap-dhcp -j passes']),
    chain('nat', 'passes', ['-s 10.9.0.0/16 -j SNAT --to-source 10.0.0.2 --random-fully']),
  ],
  members: ['10.0.0.11', '10.1.0.0/24'],
  hosts: 'fa:16:3e:00:00:11,host-11,10.0.0.11\n',
  options: [],
  rules: {
    '100 from 10.9.0.0/16': { priority: 100, from: '10.9.0.0/16', table: 16 },
    '100 from 2001:db8:9::/48': { priority: 100, from: '2001:db8:9::/48', table: 16 },
  },
  routes: {
    '10.8.0.0/16': { destination: '10.8.0.0/16', via: '10.0.0.11' },
    policy: { destination: 'default', via: '10.0.0.11', device: 'tap-dhcp', table: 16 },
  },
  addresses: ['10.0.0.2/24', '2001:db8::2/64'],
};

const HOSTS_FILE = '/var/lib/netdojo/red/hosts';

export const dnsmasq = ({ namespace, options }: Service): ProcessState => ({
  name: 'dnsmasq-red',
  namespace,
  // biome-ignore format: a command line
  argv: [
    'dnsmasq', '--keep-in-foreground', '--no-hosts', '--no-resolv', '--log-facility=-', '--log-dhcp',
    '--pid-file=', '--interface=tap-dhcp', '--bind-dynamic', '--dhcp-leasefile=/run/netdojo/red.leases',
    '--dhcp-range=10.0.0.0,static', `--dhcp-hostsfile=${HOSTS_FILE}`, '--user=root', ...options,
  ],
  files: [HOSTS_FILE],
  reload: 'hup',
  ready: { protocol: 'udp', port: 67 },
  owner,
});

const wire = (key: string, kind: WireState['kind'], ends: WireState['ends']): WireState => ({
  key,
  kind,
  mtu: 1450,
  owner,
  ends,
});

/**
 * A server behind a Linux bridge that is plugged into Open vSwitch, and on the same switch a service in a namespace;
 * without the latter where there is none.
 */
export function serviceState(given?: Service): CloudState {
  const links = (devices: readonly { device: string; type?: 'bridge'; master?: string }[]) =>
    Object.fromEntries(devices.map((link) => [link.device, { mtu: 1450, up: true, ...link }]));
  return {
    nodes: {
      net1: {
        ...emptyNode(),
        bridges: { 'br-int': { name: 'br-int', fail_mode: 'secure', other_config: {}, owner } },
        ports: {
          'qvo-web1': port('qvo-web1', 3, ''),
          ...(given && {
            'tap-dhcp': {
              ...port('tap-dhcp', 2, 'internal'),
              namespace: given.namespace,
              mac_address: 'fa:16:3e:00:00:02',
              mtu: 1450,
            },
          }),
        },
        flows: {
          'br-int normal': flow(0, '', 'NORMAL'),
          'br-int marker': flow(MARKER_PRIORITY, `dl_dst=${MARKER_REQUEST_MAC}`, 'IN_PORT'),
        },
        namespaces: {
          '': {
            ...emptyNamespace(''),
            links: links([
              { device: 'qbr-web1', type: 'bridge' },
              { device: 'qvb-web1', master: 'qbr-web1' },
              { device: 'qvo-web1' },
              { device: 'tap-web1', master: 'qbr-web1' },
            ]),
            sysctls: { 'net/ipv6/conf/qbr-web1/disable_ipv6': '1' },
          },
          ...(given && { [given.namespace]: namespaceOf(given) }),
        },
        files: given ? { [HOSTS_FILE]: { path: HOSTS_FILE, text: given.hosts, mode: 0o640, owner } } : {},
        processes: given ? { 'dnsmasq-red': dnsmasq(given) } : {},
      },
      [GUESTS]: { ...emptyNode(), namespaces: { web1: guest } },
    },
    wires: {
      'web1:eth0': wire('web1:eth0', 'guest', [
        { node: GUESTS, namespace: 'web1', device: 'eth0', mac_address: 'fa:16:3e:00:00:11' },
        { node: 'net1', namespace: '', device: 'tap-web1' },
      ]),
      'qvb-web1': wire('qvb-web1', 'plug', [
        { node: 'net1', namespace: '', device: 'qvb-web1' },
        { node: 'net1', namespace: '', device: 'qvo-web1', bridge: 'br-int' },
      ]),
    },
  };
}

const guest: NamespaceState = {
  ...emptyNamespace('web1'),
  links: { eth0: { device: 'eth0', mtu: 1450, up: true, offloads: 'off' } },
  addresses: { a: { device: 'eth0', cidr: '10.0.0.11/24' } },
};

const namespaceOf = ({ namespace, chains, members, rules, routes, addresses }: Service): NamespaceState => ({
  ...emptyNamespace(namespace),
  links: {
    lo: { device: 'lo', up: true },
    'tap-dhcp': { device: 'tap-dhcp', mac_address: 'fa:16:3e:00:00:02', mtu: 1450, up: true },
  },
  addresses: Object.fromEntries(addresses.map((cidr) => [`tap-dhcp ${cidr}`, { device: 'tap-dhcp', cidr }])),
  routes,
  rules,
  sysctls: { 'net/ipv4/ip_forward': '1' },
  netfilter: keyed(chains),
  ipsets: { friends: { name: 'friends', type: 'hash:net', family: 'inet', members, owner } },
});
