/** What clouds with routers have in common, for tests: a world outside, hosts, and two networks. */
import type { CloudDocumentInput, UnderlayDocumentInput } from '../topology/index.ts';

/** Networks and hosts of an underlay with a network outside, upstream of which lies the internet. */
export const world = {
  networks: {
    tunnel: { type: 'tunnel', cidr: '172.31.1.0/24' },
    vlan: { type: 'vlan', physical_network: 'physnet1', network_vlan_ranges: ['100:199'] },
    external: {
      type: 'external',
      cidr: '203.0.113.0/24',
      gateway_ip: '203.0.113.1',
      physical_network: 'external',
    },
    internet: { type: 'internet', cidr: '198.51.100.0/24', gateway_ip: '198.51.100.1' },
  },
  hosts: {
    tor1: { role: 'switch' },
    upstream1: {
      role: 'router',
      interfaces: {
        eth0: { network: 'external', address: '203.0.113.1', peer: 'tor1' },
        eth1: { network: 'internet', address: '198.51.100.1', peer: 'internet1' },
      },
    },
    internet1: {
      role: 'internet',
      interfaces: { eth0: { network: 'internet', address: '198.51.100.10', peer: 'upstream1' } },
    },
  },
} satisfies Omit<UnderlayDocumentInput, 'underlay'>;

/** A host of the plugin; `outside` where it is on the external network. */
export const host = (role: 'compute' | 'network', last: number, { outside }: { outside: boolean }) => ({
  role,
  interfaces: {
    eth1: { network: 'tunnel', address: `172.31.1.${last}`, peer: 'tor1' },
    eth2: { network: 'vlan', peer: 'tor1' },
    ...(outside ? { eth3: { network: 'external', peer: 'tor1' } } : {}),
  },
});

export const server = (on: string, network: string, fixed_ip: string) => ({
  host: on,
  networks: [{ network, fixed_ip }],
});

/** Two networks, and the one outside. */
export const networks = {
  public: {
    'provider:network_type': 'flat',
    'provider:physical_network': 'external',
    'router:external': true,
  },
  web: { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 7001 },
  db: { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 7002 },
} satisfies CloudDocumentInput['networks'];
