/** Clouds that somebody has tampered with: the failure names what is at fault, and who asked for it. */
import { expect, test } from 'vitest';
import { compare, tellComparison } from '../journey/index.ts';
import { explain } from '../observe/live/explain.ts';
import { loadCloud } from '../topology/index.ts';
import type { Cloud } from './cloud.ts';
import { cloudsForTests } from './clouds.fixture.ts';
import { uniqueName } from '../engine/testing/lab.fixture.ts';
import { sendPing } from './send.ts';

const { up } = await cloudsForTests();

/** What is said about the decision at the first difference of a ping's request, without ids that are made up. */
async function decided(cloud: Cloud, from: string, to: string): Promise<string> {
  const { request, observed } = await sendPing(cloud, { from, to });
  if (!request) throw new Error('the ping was never sent');
  const journey = await explain(cloud.cluster, request.observed, observed.frames);
  const text = tellComparison(compare(request.expected, journey), { width: 140 });
  const story = /\n(decided at .*?)(?:\n\n|$)/su.exec(text)?.[1] ?? text;
  return story
    .replaceAll(/\b(q[rg]|tap)-?[0-9a-f]{8}-[0-9a-f]{2}/gu, '$1-…')
    .replaceAll(/neutron-openvswi-([ios])[0-9a-f]{8}-[0-9a-f]/gu, 'neutron-openvswi-$1…')
    .replaceAll(/0x[0-9a-f]{10,}/gu, '0x…');
}

async function tamper(cloud: Cloud, node: string, command: string, inRouter = true): Promise<void> {
  const all = Object.keys(cloud.cluster.state.nodes[node]?.namespaces ?? {});
  const namespace = inRouter ? (all.find((name) => name.startsWith('qrouter-')) ?? '') : '';
  const agent = await cloud.cluster.agent(node);
  await agent.request('run', { argv: ['sh', '-ec', command], namespace });
}

test('in a router: a rule too many, one that is missing, a route that is gone', async () => {
  const topology = await loadCloud('fixtures/clouds/classic-routed.yaml');
  await using cloud = await up(uniqueName('explain'), { topology });
  await tamper(cloud, 'gateway1', 'iptables -I FORWARD -p icmp -j DROP');
  expect(await decided(cloud, 'red1', 'blue2')).toMatchInlineSnapshot(`
    "decided at gateway1, after namespace qr-…
        route: 10.0.2.12 from 10.0.1.11 iif qr-… → dev qr-…
      ▶ filter FORWARD: -p icmp -j DROP → DROP; nobody asked for this rule"
  `);
  await tamper(cloud, 'gateway1', 'iptables -D FORWARD -p icmp -j DROP');
  await tamper(
    cloud,
    'gateway1',
    'iptables -t nat $(iptables-save -t nat | grep "s 10.0.1.11/32" | head -1 | sed s/^-A/-D/)',
  );
  expect(await decided(cloud, 'red1', '198.51.100.10')).toMatchInlineSnapshot(`
    "decided at gateway1, after namespace qr-…
        route: 198.51.100.10 from 10.0.1.11 iif qr-… → via 203.0.113.1 dev qg-…
        nat neutron-l3-agent-snat: -o qg-… -j SNAT --to-source 203.0.113.100 --random-fully → SNAT
          for router r1: what leaves bears 203.0.113.100
      ▶ nat neutron-l3-agent-float-snat: -s 10.0.1.11/32 -j SNAT --to-source 203.0.113.110 --random-fully → is missing
          for floating IP 203.0.113.110: from 10.0.1.11"
  `);
  await tamper(cloud, 'gateway1', 'ip route del default');
  expect(await decided(cloud, 'red1', '198.51.100.10')).toMatchInlineSnapshot(`
    "decided at gateway1, after namespace qr-…
      ▶ route: 198.51.100.10 from 10.0.1.11 iif qr-… → RTNETLINK answers: Network is unreachable"
  `);
});

test.each(['openvswitch', 'iptables_hybrid'] as const)('a firewall that lacks a rule: %s', async (driver) => {
  const groups = await loadCloud('fixtures/clouds/classic-groups.yaml');
  const topology = { ...groups, options: { ...groups.options, firewall_driver: driver } };
  await using cloud = await up(uniqueName('explain'), { topology });
  await tamper(
    cloud,
    'compute2',
    driver === 'openvswitch'
      ? 'ovs-ofctl -O OpenFlow14 del-flows br-int icmp,table=82'
      : 'iptables-save | grep "icmp-type 8" | sed s/^-A/-D/ | while read rule; do iptables $rule; done',
    false,
  );
  const text = await decided(cloud, 'client1', 'web2');
  expect(text).toContain('is missing');
  expect(text).toContain(
    'for security group rule web: ingress icmp type 8 code 0 from 10.0.1.0/28, on web2-eth0',
  );
});

test('a server that got a request and says nothing, and a cable without a link', async () => {
  const topology = await loadCloud('fixtures/clouds/classic-routed.yaml');
  await using cloud = await up(uniqueName('silent'), { topology });
  const red1toBlue2 = async () => {
    const { ok, findings, observed, journeys } = await sendPing(cloud, { from: 'red1', to: 'blue2' });
    const wrong = journeys.filter((journey) => !journey.ok).length;
    const told = findings.map((text) => text.replaceAll(/request \S+ /gu, 'request … '));
    return { ok, wrong, told, down: observed.down.toSorted() };
  };
  expect(await red1toBlue2()).toEqual({ ok: true, wrong: 0, told: [], down: [] });
  const guests = await cloud.guests();
  await guests.run(['ip', 'route', 'del', 'default'], { namespace: 'blue2' });
  expect(await red1toBlue2()).toEqual({
    ok: false,
    wrong: 0,
    told: [
      'blue2 got icmp echo-request … and did not answer\n  try: netdojo exec blue2 -- ip route, and ip address there',
    ],
    down: [],
  });
  await guests.run(['ip', 'route', 'add', 'default', 'via', '10.0.2.1'], { namespace: 'blue2' });
  const { host } = cloud.server('blue2');
  const agent = await cloud.cluster.agent(host);
  await agent.run(['ip', 'link', 'set', 'dev', 'eth1', 'down']);
  const { ok, wrong, down } = await red1toBlue2();
  expect({ ok, wrong, down: down.map((point) => point.replace(/:swp\d+$/u, ':swp…')) }).toEqual({
    ok: false,
    wrong: 1,
    down: [`${host}:eth1`, 'tor1:swp…'],
  });
  await agent.run(['ip', 'link', 'set', 'dev', 'eth1', 'up']);
  expect(await red1toBlue2()).toMatchObject({ ok: true, wrong: 0, down: [] });
});
