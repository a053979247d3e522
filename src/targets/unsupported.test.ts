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
    networks: { red: { 'provider:network_type': 'vxlan' }, blue: { 'provider:network_type': 'vxlan' } },
    subnets: {
      'red-subnet': { network: 'red', cidr: '2001:db8:1::/64', enable_dhcp: true },
      'blue-subnet': { network: 'blue', cidr: '10.0.2.0/24', enable_dhcp: true },
    },
    routers: { r1: { interfaces: ['red-subnet'] } },
  };
  expect(refusalOf(topologyOf(document))).toMatchInlineSnapshot(`
    "ND_TARGET_CANNOT: target ml2-ovs cannot do routers between IPv6 subnets, dhcp of IPv6 subnets yet
      expected: a document without routers.r1, subnets.red-subnet.enable_dhcp
      try: netdojo validate checks such documents all the same"
  `);
});
