import type { NamespaceState } from '../../../state/types.ts';
import type { CloudDocumentInput, Topology } from '../../../topology/index.ts';
import { topologyOf } from '../clouds.fixture.ts';
import { compile } from '../compile.ts';

type Subnets = NonNullable<CloudDocumentInput['subnets']>;
type Router = NonNullable<CloudDocumentInput['routers']>[string];
type FloatingIps = NonNullable<CloudDocumentInput['floatingips']>;

export const FORWARDINGS = [
  { protocol: 'tcp' as const, external_port: 2222, internal_port: 80, server: 'vm3' },
  { protocol: 'udp' as const, external_port: 53, internal_port: 53, server: 'vm2' },
];

const FLOATING: FloatingIps = {
  fip1: { floating_network: 'public', floating_ip_address: '203.0.113.150', server: 'vm1' },
  fip2: {
    floating_network: 'public',
    floating_ip_address: '203.0.113.151',
    port_forwardings: FORWARDINGS,
  },
};

export interface Changes {
  readonly router?: Partial<Router>;
  /** Default: one for vm1 and one that is forwarded by ports. */
  readonly floatingips?: FloatingIps;
  readonly subnets?: { readonly [name: string]: Partial<Subnets[string]> };
  readonly networks?: CloudDocumentInput['networks'];
  readonly servers?: NonNullable<CloudDocumentInput['servers']>;
  readonly options?: CloudDocumentInput['options'];
}

const SUBNETS: Subnets = {
  'public-subnet': { network: 'public', cidr: '203.0.113.0/24', gateway_ip: '203.0.113.1' },
  'red-subnet': {
    network: 'red',
    cidr: '10.0.1.0/24',
    enable_dhcp: true,
    dns_nameservers: ['203.0.113.53', '203.0.113.54'],
    host_routes: [{ destination: '172.20.0.0/16', nexthop: '10.0.1.254' }],
  },
  'blue-subnet': { network: 'blue', cidr: '10.0.2.0/24', enable_dhcp: true },
  'alone-subnet': {
    network: 'alone',
    cidr: '10.0.3.0/24',
    gateway_ip: null,
    enable_dhcp: true,
    dns_nameservers: ['0.0.0.0'],
  },
};

/** Two networks behind a router, and one without; laid out so that it can be held against a real Neutron. */
export const routedCloud = ({
  router,
  floatingips,
  subnets,
  ...changes
}: Changes = {}): CloudDocumentInput => ({
  cloud: 'routed',
  underlay: 'demo-cluster',
  options: changes.options ?? {},
  networks: {
    public: {
      'provider:network_type': 'flat',
      'provider:physical_network': 'external',
      'router:external': true,
    },
    ...Object.fromEntries(
      ['red', 'blue', 'alone'].map((name) => [name, { 'provider:network_type': 'vxlan' as const }]),
    ),
    ...changes.networks,
  },
  subnets: {
    ...SUBNETS,
    ...Object.fromEntries(
      Object.entries(subnets ?? {}).map(([name, more]) => [
        name,
        { network: 'red', cidr: '10.0.9.0/24', ...SUBNETS[name], ...more },
      ]),
    ),
  },
  routers: {
    r1: {
      external_gateway_info: {
        network: 'public',
        external_fixed_ips: [{ subnet: 'public-subnet', ip_address: '203.0.113.119' }],
      },
      interfaces: ['red-subnet', 'blue-subnet'],
      ...router,
    },
  },
  ports: Object.fromEntries(
    [
      ['vm1', 'red', '10.0.1.11'],
      ['vm2', 'blue', '10.0.2.12'],
      ['vm3', 'red', '10.0.1.13'],
      ['alone1', 'alone', '10.0.3.11'],
    ].map(([name = '', network = '', ip_address = '']) => [
      `${name}-eth0`,
      { network, fixed_ips: [{ ip_address }], mac_address: `fa:16:3e:00:00:${ip_address.slice(-2)}` },
    ]),
  ),
  servers: {
    ...Object.fromEntries(
      ['vm1', 'vm2', 'vm3', 'alone1'].map((name) => [
        name,
        { host: name === 'vm1' ? 'compute1' : 'compute2', networks: [{ port: `${name}-eth0` }] },
      ]),
    ),
    ...changes.servers,
  },
  floatingips: floatingips ?? FLOATING,
});

export const routedTopology = (changes?: Changes): Topology => topologyOf(routedCloud(changes));

export const compiled = (changes?: Changes) => compile(routedTopology(changes)).state;

/** The namespace of the node whose name begins so. */
export const spaceOf = (changes: Changes, prefix: string): NamespaceState | undefined =>
  Object.values(compiled(changes).nodes['gateway1']?.namespaces ?? {}).find(({ name }) =>
    name.startsWith(prefix),
  );

/** As iptables-save(8) writes them, with what each rule is for. */
export const saved = ({ netfilter }: NamespaceState): string =>
  [...Map.groupBy(Object.values(netfilter), ({ table }) => table)]
    .map(([table, chains]) =>
      [
        `*${table}`,
        ...chains.map(({ chain, policy }) => `:${chain} ${policy ?? '-'}`),
        ...chains.flatMap(({ chain, rules }) =>
          rules.flatMap(({ text, owner }) => [`# ${owner.purpose}`, `-A ${chain} ${text}`]),
        ),
        'COMMIT\n',
      ].join('\n'),
    )
    .join('\n');
