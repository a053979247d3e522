import { expect, test } from 'vitest';
import type { CloudDocumentInput } from '../../topology/index.ts';
import { readableFlows, topologyOf } from './clouds.fixture.ts';
import { compile } from './compile.ts';

type Network = NonNullable<CloudDocumentInput['networks']>[string];

/** Two servers on compute1, one on compute2; a third host with none. */
const cloud = (network: Network, options: CloudDocumentInput['options'] = {}): CloudDocumentInput => ({
  cloud: 'golden',
  underlay: 'demo-cluster',
  options,
  networks: { red: network },
  subnets: { 'red-subnet': { network: 'red', cidr: '10.0.1.0/24' } },
  ports: {
    'web1-eth0': {
      network: 'red',
      mac_address: 'fa:16:3e:00:00:01',
      fixed_ips: [{ ip_address: '10.0.1.11' }],
    },
    'web2-eth0': {
      network: 'red',
      mac_address: 'fa:16:3e:00:00:02',
      fixed_ips: [{ ip_address: '10.0.1.12' }],
    },
    'web3-eth0': {
      network: 'red',
      mac_address: 'fa:16:3e:00:00:03',
      fixed_ips: [{ ip_address: '10.0.1.13' }],
      admin_state_up: false,
    },
  },
  servers: {
    web1: { host: 'compute1', networks: [{ port: 'web1-eth0' }] },
    web2: { host: 'compute2', networks: [{ port: 'web2-eth0' }] },
    web3: { host: 'compute1', networks: [{ port: 'web3-eth0' }] },
  },
});

const vxlan: Network = { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 5001 };
const gre: Network = { 'provider:network_type': 'gre', 'provider:segmentation_id': 7001 };
const vlan: Network = {
  'provider:network_type': 'vlan',
  'provider:physical_network': 'physnet1',
  'provider:segmentation_id': 101,
};
const flat: Network = { 'provider:network_type': 'flat', 'provider:physical_network': 'physnet1' };

test.for([
  ['vxlan', cloud(vxlan)],
  ['vxlan-without-arp-responder', cloud(vxlan, { arp_responder: false })],
  ['vxlan-without-l2-population', cloud(vxlan, { l2_population: false, arp_responder: false })],
  ['gre', cloud(gre)],
  ['gre-without-l2-population', cloud(gre, { l2_population: false, arp_responder: false })],
  ['vlan', cloud(vlan)],
  ['flat', cloud(flat)],
] as const)('the flows of compute1 for %s', async ([name, document]) => {
  const { state } = compile(topologyOf(document));
  await expect(readableFlows(state, 'compute1')).toMatchFileSnapshot(`golden/${name}.flows`);
});

test('the flows of a switch', async () => {
  const { state } = compile(topologyOf(cloud(vxlan)));
  await expect(readableFlows(state, 'tor1')).toMatchFileSnapshot('golden/switch.flows');
});
