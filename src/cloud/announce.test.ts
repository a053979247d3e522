import { readFile } from 'node:fs/promises';
import { dissect } from 'tcpdump-parser';
import { expect, test } from 'vitest';
import { GUESTS } from '../state/index.ts';
import { targetNamed } from '../targets/index.ts';
import { loadCloud, type Topology } from '../topology/index.ts';
import { announcements } from './announce.ts';
import { smallCloud } from './small-cloud.fixture.ts';

const stateOf = (topology: Topology) => targetNamed('ml2-ovs').compile(topology).state;

/** Who says what: `node/namespace device: address`. */
const told = (topology: Topology): string[] =>
  announcements(stateOf(topology), topology).map(({ node, namespace, device, bytes }) => {
    const arp = dissect(bytes).layers.find(({ protocol }) => protocol === 'arp');
    if (arp?.protocol !== 'arp') throw new Error('not ARP');
    expect(arp.targetIp).toBe(arp.senderIp);
    return `${node}/${namespace} ${device}: ${arp.senderIp}`;
  });

test('every host and server says where it is, once for each IPv4 address', () => {
  expect(told(smallCloud()).toSorted()).toEqual([
    'compute1/ br-phy: 172.31.1.11',
    'compute2/ br-phy: 172.31.1.12',
    `${GUESTS}/web1 eth0: 10.0.1.11`,
    `${GUESTS}/web2 eth0: 10.0.1.12`,
  ]);
});

test('with the address of the device out of which it goes', () => {
  const topology = smallCloud();
  const own = announcements(stateOf(topology), topology).find(({ namespace }) => namespace === 'web1');
  const port = topology.ports[topology.servers['web1']?.nics[0]?.port ?? ''];
  const [frame] = dissect(own?.bytes ?? new Uint8Array()).layers;
  expect(frame).toMatchObject({ source: port?.mac_address, destination: 'ff:ff:ff:ff:ff:ff' });
});

test('a server that is plugged in elsewhere has something new to say, and nobody else has', () => {
  const key = (topology: Topology): string[] =>
    announcements(stateOf(topology), topology).map((one) => `${one.namespace} ${one.device} ${one.plugged}`);
  const before = new Set(key(smallCloud({ servers: { web1: 'compute1', web2: 'compute2' } })));
  const after = key(smallCloud({ servers: { web1: 'compute2', web2: 'compute2' } }));
  expect(after.filter((one) => !before.has(one)).map((one) => one.split(' ')[0])).toEqual(['web1']);
});

test('a server that gets its address by DHCP says where it is as well', () => {
  const topology = smallCloud();
  const web1 = topology.servers['web1'];
  if (!web1) throw new Error('no web1');
  const asking = web1.nics.map((nic) => ({ ...nic, address: 'dhcp' as const }));
  const asked = { ...topology, servers: { ...topology.servers, web1: { ...web1, nics: asking } } };
  const { [GUESTS]: guests, ...nodes } = stateOf(topology).nodes;
  const { web1: own, ...others } = guests?.namespaces ?? {};
  if (!guests || !own) throw new Error('no namespace of web1');
  const without = { ...guests, namespaces: { ...others, web1: { ...own, addresses: {} } } };
  const state = { ...stateOf(topology), nodes: { ...nodes, [GUESTS]: without } };
  const places = announcements(state, asked).map(({ namespace }) => namespace);
  expect(places.toSorted()).toEqual(['', '', 'web1', 'web2']);
});

test('a server with a trunk says it as each of the subports, with the subport’s tag', async () => {
  const topology = await loadCloud('fixtures/clouds/classic-ports.yaml');
  const tags = announcements(stateOf(topology), topology).flatMap(({ namespace, device, bytes }) => {
    const [ethernet, vlan, arp] = dissect(bytes).layers;
    if (vlan?.protocol !== 'vlan' || ethernet?.protocol !== 'ethernet' || arp?.protocol !== 'arp') return [];
    const port = Object.values(topology.ports).find((one) => one.mac_address === ethernet.source);
    return [`${namespace} ${device} tag ${vlan.vlanId}: ${port?.name} ${arp.senderIp}`];
  });
  expect(tags).toEqual([
    'vnf1 eth0 tag 100: vnf1-green 10.0.2.21',
    'vnf1 eth0 tag 30: vnf1-purple 10.0.4.21',
    'vnf2 eth0 tag 200: vnf2-green 10.0.2.22',
  ]);
});

test('the active host of a distributed router with ha announces central floating IPs alone', async () => {
  const text = await readFile('fixtures/clouds/juno-distributed.yaml', 'utf8');
  const redundant = (options: string) =>
    loadCloud({
      text: text
        .replace('    hosts: [network1]\n', '    ha: true\n')
        .replace('networks:\n', `${options}networks:\n`),
      file: 'fixtures/clouds/juno-distributed.yaml',
    });
  const said = async (options: string) => {
    const topology = await redundant(options);
    const all = announcements(stateOf(topology), topology, { r1: 'network1' });
    const outside = all.filter(({ node, device }) => node === 'network1' && device.startsWith('qg-'));
    return outside.map(({ bytes }) => dissect(bytes).last('arp')?.senderIp);
  };
  expect(await said('')).toEqual(['203.0.113.50']);
  const inside = 'options: { l3_agent_modes: { compute2: dvr_no_external } }\n';
  expect(await said(inside)).toEqual(['203.0.113.50', '203.0.113.61']);
});
