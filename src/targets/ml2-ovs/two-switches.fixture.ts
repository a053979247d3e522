import type { UnderlayDocumentInput } from '../../topology/index.ts';

const network = (name: string, address?: string, peer = 'sw1') => ({
  network: name,
  peer,
  ...(address === undefined ? {} : { address }),
});

/** Two switches; compute2 is not on the trunk; the external network has VLANs, and an address on the gateway. */
export const underlay: UnderlayDocumentInput = {
  underlay: 'two-switches',
  networks: {
    management: { type: 'management', cidr: '172.31.0.0/24' },
    tunnel: { type: 'tunnel', cidr: '172.31.1.0/24', mtu: 1600 },
    trunk: {
      type: 'vlan',
      physical_network: 'physnet1',
      bridge: 'br-a-long-name',
      network_vlan_ranges: ['100:102'],
    },
    external: {
      type: 'external',
      cidr: '203.0.113.0/24',
      gateway_ip: '203.0.113.1',
      physical_network: 'public',
      network_vlan_ranges: ['200:200'],
    },
    internet: { type: 'internet', cidr: '198.51.100.0/24' },
  },
  hosts: {
    controller: { role: 'controller', interfaces: { eth0: network('management', '172.31.0.10') } },
    compute1: {
      role: 'compute',
      interfaces: {
        eth0: network('management', '172.31.0.11'),
        eth1: network('tunnel', '172.31.1.11'),
        eth2: network('trunk'),
      },
    },
    compute2: {
      role: 'compute',
      interfaces: {
        eth0: network('management', '172.31.0.12', 'sw2'),
        eth1: network('tunnel', '172.31.1.12', 'sw2'),
      },
    },
    gateway1: {
      role: 'gateway',
      interfaces: { eth0: network('management', '172.31.0.21'), eth1: network('external', '203.0.113.21') },
    },
    sw1: {
      role: 'switch',
      interfaces: { swp1: { networks: ['management', 'tunnel', 'trunk'], peer: 'sw2' } },
    },
    sw2: { role: 'switch' },
    upstream1: {
      role: 'router',
      interfaces: {
        eth0: network('external', '203.0.113.1'),
        eth1: network('internet', '198.51.100.1', 'internet1'),
      },
    },
    internet1: { role: 'internet', interfaces: { eth0: network('internet', '198.51.100.10', 'upstream1') } },
  },
};
