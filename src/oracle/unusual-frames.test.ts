import { describe, expect, test } from 'vitest';
import { cloud, macOf } from './clouds.fixture.ts';
import type { ArrivingPacket } from './from-wire.ts';
import { predict } from './predict.ts';

const servers = {
  a: { host: 'compute1', network: 'red' },
  b: { host: 'compute2', network: 'red' },
  c: { host: 'compute1', network: 'red' },
  d: { host: 'compute1', network: 'red', down: true },
  x: { host: 'compute1', network: 'blue' },
};
const topology = cloud({ red: 'vlan', blue: 'vxlan' }, servers);
const EVERYONE = 'ff:ff:ff:ff:ff:ff';

describe('from the trunk', () => {
  const toCompute1 = topology.underlay.links
    .flatMap(({ ends }) =>
      ends.some(({ host, device }) => host === 'compute1' && device === 'eth2') ? ends : [],
    )
    .find(({ host }) => host === 'tor1');
  const arriving = (more: Partial<ArrivingPacket>): ArrivingPacket => ({
    kind: 'from-wire',
    from: 'tor1',
    device: toCompute1?.device ?? '',
    src_mac: '02:00:00:00:00:01',
    dst_mac: EVERYONE,
    ...more,
  });
  const fateOf = (packet: ArrivingPacket) => {
    const [journey] = predict(topology, packet);
    return [journey?.verdict, ...(journey?.receivers ?? [])];
  };

  test('a VLAN reaches the ports of its network that are up on that host', () => {
    expect(fateOf(arriving({ vlan: 101 }))).toEqual(['delivered', 'a:eth0', 'c:eth0']);
  });

  test('a known address is reached alone; one on another host not at all by this way', () => {
    expect(fateOf(arriving({ vlan: 101, dst_mac: macOf(2) }))).toEqual(['delivered', 'c:eth0']);
    expect(fateOf(arriving({ vlan: 101, dst_mac: macOf(1) }))).toEqual(['denied-ingress']);
  });

  test('any other VLAN, or none, reaches nobody', () => {
    expect(fateOf(arriving({ vlan: 150 }))).toEqual(['denied-ingress']);
    expect(fateOf(arriving({}))).toEqual(['denied-ingress']);
  });
});

test('a tag of the server’s own ends at its tap; a mere priority does not', () => {
  const tagged = predict(topology, { kind: 'broadcast', from: 'a-port', vlan: 101 });
  expect(tagged[0]).toMatchObject({ verdict: 'denied-egress', receivers: [] });
  expect(tagged[0]?.roots[0]?.headers.vlan).toBe(101);
  const priority = predict(topology, { kind: 'unicast', from: 'a-port', to: 'c-port', vlan: 0 });
  expect(priority[0]).toMatchObject({ verdict: 'delivered', receivers: ['c:eth0'] });
  expect(priority[0]?.roots[0]?.next[0]?.headers.vlan).toBe(0);
  expect(priority[0]?.roots[0]?.next[0]?.next[0]?.headers.vlan).toBeNull();
});

test('an address belongs to the port that claimed it last', () => {
  const mac = '00:00:5e:00:01:07';
  const claimed = { [mac]: 'b-port' };
  const [journey] = predict(
    topology,
    { kind: 'unicast', from: 'a-port', dst_mac: mac, dst_ip: null },
    { claimed },
  );
  expect(journey).toMatchObject({ verdict: 'delivered', receivers: ['b:eth0'], bystanders: [] });
});
