import { expect, test } from 'vitest';
import { formatError } from '../errors/index.ts';
import { type CloudDocumentInput, loadCloud, type Topology } from '../topology/index.ts';
import { targetNamed } from './index.ts';
import { topologyOf } from './ml2-ovs/clouds.fixture.ts';

const refusalOf = (topology: Topology): string => {
  try {
    targetNamed('ml2-ovs').compile(topology);
    return 'accepted';
  } catch (error) {
    return formatError(error);
  }
};

test('layer 2, routers of all kinds, floating IPs, DHCP and load balancers are accepted', async () => {
  for (const cloud of ['l2-demo', 'l2-four-types', 'classic-routed', 'classic-demo', 'juno-distributed'])
    expect(refusalOf(await loadCloud(`fixtures/clouds/${cloud}.yaml`))).toBe('accepted');
});

test('what would be left out is refused, with where it is asked for', () => {
  const document: CloudDocumentInput = {
    cloud: 'later',
    underlay: 'demo-cluster',
    options: { firewall_driver: 'iptables_hybrid' },
    networks: { red: { 'provider:network_type': 'vxlan' }, blue: { 'provider:network_type': 'vxlan' } },
    subnets: { 'red-subnet': { network: 'red', cidr: '10.0.1.0/24' } },
    ports: { parent: { network: 'red' }, sub: { network: 'blue' } },
    trunks: { t1: { port: 'parent', sub_ports: [{ port: 'sub', segmentation_id: 100 }] } },
    servers: { s1: { host: 'compute1', networks: [{ port: 'parent' }] } },
  };
  expect(refusalOf(topologyOf(document))).toMatchInlineSnapshot(`
    "ND_TARGET_CANNOT: target ml2-ovs cannot do trunks with firewall_driver iptables_hybrid
      expected: a document without trunks.t1
      try: netdojo validate checks such documents all the same"
  `);
});
