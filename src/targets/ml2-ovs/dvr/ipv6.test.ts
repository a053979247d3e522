import { describe, expect, test } from 'vitest';
import { findFlows } from '../clouds.fixture.ts';
import { compile } from '../compile.ts';
import { ipv6Topology } from '../ipv6.fixture.ts';
import { tableOf } from './rule-numbers.ts';

const topology = ipv6Topology({ distributed: true, hosts: ['network1'] });
const { state } = compile(topology);
const router = Object.values(state.nodes['compute1']?.namespaces ?? {}).find(({ name }) =>
  name.startsWith('qrouter-'),
);
const macOf = (port: string): string => topology.ports[port]?.mac_address ?? '';

test('tables of IPv6 subnets are numbered by a checksum of thirty bits', () => {
  // As Python says: zlib.crc32(b'2001:db8:a000:1::1/64'), folded.
  expect(tableOf('2001:db8:a000:1::1/64')).toBe(419_442_920);
  expect(tableOf('10.0.4.1/24')).toBe(0x0a_00_04_01);
});

test('what leaves a subnet for elsewhere goes by the central port of its subnet', () => {
  const ways = Object.values(router?.rules ?? {}).map(({ from, table, priority }) => {
    const route = Object.values(router?.routes ?? {}).find((one) => one.table === table);
    expect(priority).toBe(table);
    return [from, route?.destination, route?.via];
  });
  expect(ways.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))).toEqual([
    ['10.0.4.1/24', '0.0.0.0/0', topology.ports['r1-both-v4-snat']?.fixed_ips[0]?.ip_address],
    ['2001:db8:a000:1::1/64', '::/0', topology.ports['r1-auto-v6-snat']?.fixed_ips[0]?.ip_address],
    ['2001:db8:a000:2::1/64', '::/0', topology.ports['r1-told-v6-snat']?.fixed_ips[0]?.ip_address],
    ['2001:db8:a000:3::1/64', '::/0', topology.ports['r1-leased-v6-snat']?.fixed_ips[0]?.ip_address],
    ['2001:db8:a000:4::1/64', '::/0', topology.ports['r1-both-v6-snat']?.fixed_ips[0]?.ip_address],
  ]);
});

test('a host’s router knows neighbours on other hosts: their answers would go to a router of their own', () => {
  const { mac_address, fixed_ips } = topology.ports['leased2-eth0'] ?? {};
  expect(Object.values(router?.neighbours ?? {})).toContainEqual(
    expect.objectContaining({ ip_address: fixed_ips?.[0]?.ip_address, mac_address }),
  );
});

describe('advertisements of a host’s router', () => {
  test('are made there, and stay there', () => {
    const names = Object.keys(state.nodes['compute1']?.processes ?? {});
    expect(names.filter((name) => name.startsWith('radvd-'))).toHaveLength(1);
    const drop = findFlows(state, 'compute1', 'br-tun table=22 priority=3 icmp6').find(({ match }) =>
      match.includes(macOf('r1-auto-v6')),
    );
    expect(drop?.match).toMatch(/icmp_type=134/u);
    expect(drop?.actions).toBe('drop');
  });

  test('at Juno stay there by a table before', () => {
    const juno = ipv6Topology({ distributed: true, hosts: ['network1'] }, { options: { release: 'juno' } });
    expect(findFlows(compile(juno).state, 'compute1', 'br-tun table=1 priority=3 icmp6')).toHaveLength(4);
  });
});

test('behind interfaces for IPv4 and IPv6 what comes from another host comes as if from the last', () => {
  const flows = findFlows(state, 'compute2', 'br-int table=1 priority=20').filter(({ match }) =>
    match.includes(macOf('both2-eth0')),
  );
  expect(flows.map(({ actions }) => actions.split('->')[0])).toEqual([`set_field:${macOf('r1-both-v6')}`]);
  expect(findFlows(state, 'compute2', 'br-int table=3 priority=5')).toHaveLength(4);
});

test('an interface for IPv6 alone is asked nothing by ARP', () => {
  const answers = findFlows(state, 'compute2', 'br-int table=0 priority=99').map(({ match }) => match);
  expect(answers).toEqual([expect.stringContaining(macOf('r1-both-v4'))]);
});
