import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadCloud, type Topology } from '../../topology/index.ts';
import { cloudOf, cloudShapes } from '../testing/clouds.ts';
import { all, parseXml } from '../testing/xml.ts';
import { toMermaid, toSvg } from './index.ts';
import { layout } from './layout.ts';
import { routesOf } from './route.ts';
import { textWidth } from './text.ts';
import type { Box, Layout } from './types.ts';

const demo = await loadCloud('fixtures/clouds/l2-demo.yaml');
const fourTypes = await loadCloud('fixtures/clouds/l2-four-types.yaml');
const classic = await loadCloud('fixtures/clouds/classic-demo.yaml');

function crowd(underlay: string, hosts: readonly string[], servers: number): Promise<Topology> {
  const lines = Array.from(
    { length: servers },
    (_, index) => `  s${index}: { host: ${hosts[index % hosts.length]}, networks: [net] }`,
  );
  const text = `cloud: crowd\nunderlay: ${underlay}\nnetworks: { net: {} }\nsubnets:\n  sub: { network: net, cidr: 10.0.0.0/24 }\nservers:\n${lines.join('\n')}\n`;
  return loadCloud({ text, file: 'fixtures/clouds/crowd.yaml' });
}

function inside(inner: Box, outer: Box): boolean {
  const slack = 0.01;
  return (
    inner.x >= outer.x - slack &&
    inner.y >= outer.y - slack &&
    inner.x + inner.w <= outer.x + outer.w + slack &&
    inner.y + inner.h <= outer.y + outer.h + slack
  );
}

function apart(a: Box, b: Box): boolean {
  return (
    a.x + a.w <= b.x + 0.01 || b.x + b.w <= a.x + 0.01 || a.y + a.h <= b.y + 0.01 || b.y + b.h <= a.y + 0.01
  );
}

/** What is wrong with a layout, in words; nothing when it is good. */
function faults(plan: Layout): string[] {
  const found: string[] = [];
  const byId = new Map(plan.boxes.map((box) => [box.id, box]));
  if (byId.size !== plan.boxes.length) found.push('an id twice');
  const groups = Map.groupBy(plan.boxes, (box) => box.parent ?? '');
  for (const siblings of groups.values())
    for (const [index, a] of siblings.entries())
      for (const b of siblings.slice(index + 1)) if (!apart(a, b)) found.push(`${a.id} overlaps ${b.id}`);
  const whole = { x: 0, y: 0, w: plan.width, h: plan.height };
  for (const box of plan.boxes) {
    const parent = box.parent === undefined ? { ...box, ...whole } : byId.get(box.parent);
    if (parent === undefined || !inside(box, parent))
      found.push(`${box.id} leaves ${box.parent ?? 'the drawing'}`);
    for (const { text, x, anchor, style } of box.texts) {
      const width = textWidth(text, style);
      const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
      if (left < box.x - 0.5 || left + width > box.x + box.w + 0.5) found.push(`"${text}" leaves ${box.id}`);
    }
  }
  return found;
}

test.each([
  ['the demo', () => Promise.resolve(demo)],
  ['four network types', () => Promise.resolve(fourTypes)],
  ['routers, DHCP and a load balancer', () => Promise.resolve(classic)],
  [
    'the reference with 20 servers',
    () => crowd('neutron-reference', ['compute1', 'compute2', 'compute3'], 20),
  ],
  ['64 servers', () => crowd('demo-cluster', ['compute1', 'compute2'], 64)],
  ['64 servers on one host', () => crowd('demo-cluster', ['compute1'], 64)],
])('no boxes overlap and no text overflows: %s', async (_, cloud) => {
  const topology = await cloud();
  const plan = layout(topology);
  expect(faults(plan)).toEqual([]);
  const servers = plan.boxes.filter((box) => box.kind === 'server');
  expect(servers).toHaveLength(Object.keys(topology.servers).length);
});

test('no boxes overlap and no text overflows in any cloud', () => {
  fc.assert(
    fc.property(cloudShapes, (shape) => {
      expect(faults(layout(cloudOf(shape)))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('a drawing is the same each time, and well-formed', () => {
  const drawing = toSvg(fourTypes);
  expect(toSvg(structuredClone(fourTypes))).toBe(drawing);
  const root = parseXml(drawing);
  const names = all(root, 'text').map((text) => text.text);
  for (const name of [
    'tor1',
    'compute1',
    'br-int',
    'br-tun',
    'br-vlan',
    'vxlan1',
    '10.1.0.11',
    'swp3',
    'upstream1',
  ])
    expect(names).toContain(name);
});

test('names cannot become markup', () => {
  const hostile = structuredClone(demo) as { name: string };
  hostile.name = '"><script>alert(1)</script>';
  const drawing = toSvg(hostile as Topology);
  expect(drawing).not.toContain('<script');
  expect(parseXml(drawing).attributes['aria-label']).toContain('<script>');
  expect(toMermaid(hostile as Topology).split('\n')[0]).toBe(
    '%% "><script>alert(1)</script> on demo-cluster',
  );
});

test('every interface and every tap is reached from every other', () => {
  const plan = layout(demo);
  const routes = routesOf(plan);
  const points = plan.boxes.filter((box) => box.kind === 'nic' || box.kind === 'tap').map((box) => box.id);
  const cut = points.filter((point) => routes.between('web1:eth0', point) === undefined);
  // Management interfaces end in the host's own stack; the switch joins them all the same.
  expect(cut).toEqual([]);
});

test('the way between servers follows bridges and cables', () => {
  const way = routesOf(layout(demo)).between('web1:eth0', 'web2:eth0');
  const places = way?.through.map((id) => id.replace(/tap.*/, 'tap'));
  expect(places).toEqual([
    'web1:eth0',
    'compute1:tap',
    'compute1/br-int',
    'compute1/br-tun',
    'compute1:eth1',
    'tor1:swp3',
    'tor1',
    'tor1:swp6',
    'compute2:eth1',
    'compute2/br-tun',
    'compute2/br-int',
    'compute2:tap',
    'web2:eth0',
  ]);
  const points = way?.points ?? [];
  const slanted = points.filter((point, index) => {
    const before = points[index - 1] ?? point;
    return Math.min(Math.abs(before[0] - point[0]), Math.abs(before[1] - point[1])) > 0.01;
  });
  expect(slanted).toEqual([]);
});

test('mermaid', () => {
  const tiny = cloudOf({
    computes: 1,
    networkNodes: 0,
    switches: 1,
    upstream: false,
    networks: 1,
    servers: [{ nics: 1, host: 0 }],
  });
  expect(toMermaid(tiny)).toMatchInlineSnapshot(`
    "%% any on any
    flowchart TB
      node1[["tor0<br/>switch"]]
      subgraph host2["compute0 · compute"]
        bridge3[["br-int"]]
        bridge4[["br-tun"]]
        bridge4 --- bridge3
        bridge5[["br-physnet1"]]
        bridge5 --- bridge3
        stack6["IP stack"]
        server7(["server-0<br/>10.0.0.2"])
        bridge3 ---|"network-0"| server7
      end
      subgraph host8["controller · controller"]
        stack9["controller"]
      end
      node1 ---|"compute0 eth0 · management · tor0 swp1"| stack6
      node1 ---|"compute0 eth1 · tunnel · tor0 swp2"| bridge4
      node1 ---|"compute0 eth2 · trunk · tor0 swp3"| bridge5
      node1 ---|"controller eth0 · management · tor0 swp4"| stack9
      classDef net0 stroke:#0f8b8d,stroke-width:3px
      class server7 net0
    "
  `);
});

test('the way through a router passes its namespace; the way on to the cable does not pass another', () => {
  const plan = layout(classic);
  const routes = routesOf(plan);
  const device = (port: string): string =>
    plan.boxes.find(({ kind, title }) => kind === 'tap' && title.includes(` holds ${port} `))?.id ?? '';
  const [inner, outer] = [device('r1-web-subnet'), device('r1-gateway')];
  expect(inner).toMatch(/^gateway1:qr-/);
  expect(outer).toMatch(/^gateway1:qg-/);
  expect(routes.between('gateway1:eth1', inner)?.through).toEqual([
    'gateway1:eth1',
    'gateway1/br-tun',
    'gateway1/br-int',
    inner,
  ]);
  expect(routes.between(inner, outer)?.through).toEqual([inner, 'gateway1/router r1', outer]);
  expect(routes.between(outer, device('dhcp-web-1'))?.through).toEqual([
    outer,
    'gateway1/br-int',
    device('dhcp-web-1'),
  ]);
});

test('mermaid draws namespaces', () => {
  expect(
    toMermaid(classic)
      .split('\n')
      .filter((line) => line.includes('{{')),
  ).toMatchInlineSnapshot(`
    [
      "    namespace25{{"router r1<br/>10.0.1.1<br/>10.0.2.1<br/>203.0.113.100"}}",
      "    namespace26{{"DHCP web<br/>10.0.1.2"}}",
      "    namespace27{{"DHCP db<br/>10.0.2.2"}}",
      "    namespace28{{"balancer shop<br/>10.0.1.100"}}",
    ]
  `);
});
