import { checksums, dissect } from 'tcpdump-parser';
import { expect, test } from 'vitest';
import { targetNamed } from '../targets/index.ts';
import { loadCloud, type Topology } from '../topology/index.ts';
import { goodbyes } from './goodbye.ts';

const redundant = await loadCloud('fixtures/clouds/vrrp-routed.yaml');

const said = (topology: Topology) =>
  goodbyes(topology, targetNamed('ml2-ovs').activeSigns(topology)).map(({ router, from, to, bytes }) => {
    const frame = dissect(bytes);
    const [ethernet, ip, vrrp] = [frame.last('ethernet'), frame.last('ipv4'), frame.last('vrrp')];
    expect(new Set(checksums(frame).map(({ status }) => status))).toEqual(new Set(['right']));
    return {
      router,
      way: `${from.node} → ${to.node}`,
      macs: [ethernet?.source, ethernet?.destination],
      ip: [ip?.source, ip?.destination, ip?.ttl],
      vrrp: [vrrp?.version, vrrp?.virtualRouterId, vrrp?.priority, vrrp?.advertisementInterval],
      addresses: vrrp?.addresses,
    };
  });

const macOf = (port: string): string | undefined => redundant.ports[port]?.mac_address;

test('the hosts of routers become active in turn: the next one says goodbye to each, as its active host would', () => {
  expect(said(redundant)).toEqual([
    {
      router: 'r1',
      way: 'network2 → network1',
      macs: [macOf('r1-ha-network2'), macOf('r1-ha-network1')],
      ip: ['169.254.192.2', '224.0.0.18', 255],
      vrrp: [2, 1, 0, 1],
      addresses: ['169.254.0.1'],
    },
    {
      router: 'r2',
      way: 'network1 → network2',
      macs: [macOf('r2-ha-network1'), macOf('r2-ha-network2')],
      ip: ['169.254.192.3', '224.0.0.18', 255],
      vrrp: [2, 2, 0, 1],
      addresses: ['169.254.0.2'],
    },
  ]);
});

test('fractions of a second are hundredths, in version 3', () => {
  const fast = { ...redundant, options: { ...redundant.options, ha_vrrp_advert_int: 0.3 } };
  expect(said(fast).map(({ vrrp }) => vrrp)).toEqual([
    [3, 1, 0, 30],
    [3, 2, 0, 30],
  ]);
});

test('nobody says goodbye to the only host of a router', () => {
  const [first] = targetNamed('ml2-ovs').activeSigns(redundant);
  expect(first && goodbyes(redundant, [first])).toEqual([]);
});
