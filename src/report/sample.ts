/** A small run as real ones look: what passes, what fails, what was skipped, what could not be decided. */
import {
  type BridgeStep,
  compare,
  type ExpectedHop,
  type ExpectedJourney,
  type Hop,
  type Journey,
  type Point,
  tellComparison,
} from '../journey/index.ts';
import type { Topology } from '../topology/topology.ts';
import type { RunCapture } from './captures.ts';
import { tapName } from './graph/server.ts';
import { journeyReport } from './journey-report.ts';
import { cloudReport, type JourneyReport, REPORT_VERSION, type RunReport } from './model.ts';
import { type Inner, SampleCapture, vxlan } from './sample-packets.ts';

const PACKET = 'icmp echo-request 1a2b/1';

/** A report with its frames on `fixtures/clouds/l2-demo.yaml`. */
export function sampleRun(topology: Topology): {
  readonly report: RunReport;
  readonly captures: readonly RunCapture[];
} {
  const capture = new SampleCapture(topology);
  const arp = arpStory(capture);
  capture.wait(40);
  const request = pingStory(capture, 'web1', 'web2', 'request');
  capture.wait(60);
  const reply = pingStory(capture, 'web2', 'web1', 'reply');
  capture.wait(90_000);
  const leak = leakStory(capture);
  const report: RunReport = {
    version: REPORT_VERSION,
    run: '20261121-012431-sample',
    started: '2026-11-21T01:24:31.000Z',
    ended: '2026-11-21T01:24:38.412Z',
    engine: 'docker 28.5.1',
    environment: {
      node: 'v26.10.0',
      kernel: '6.1.0-40-amd64',
      openvswitch: '3.1.0',
      cpus: '2',
      netdojo: '0.1.0',
    },
    clouds: [cloudReport('l2-demo', 'ml2-ovs', topology)],
    scenarios: [
      {
        name: 'Two servers on different hosts reach each other by VXLAN',
        file: 'scenarios/l2/across-hosts-by-vxlan.scenario.ts',
        capability: 'l2.vxlan',
        cloud: 'l2-demo',
        status: 'passed',
        durationMs: 412,
        steps: [
          { title: 'web1 asks for the MAC of web2', durationMs: 18, journeys: [arp.ask, arp.answer] },
          { title: 'web1 pings web2', durationMs: 24, journeys: [request, reply] },
        ],
      },
      {
        name: 'A network with the same addresses sees nothing',
        file: 'scenarios/l2/isolation.scenario.ts',
        capability: 'l2.isolation',
        cloud: 'l2-demo',
        status: 'failed',
        durationMs: 733,
        steps: [{ title: 'web1 pings web2 while db1 listens', durationMs: 31, journeys: [leak.report] }],
        error: { message: leak.text.split('\n')[0] ?? '', text: leak.text, code: 'ND_JOURNEY' },
      },
      {
        name: 'A server that moved is found at its new host',
        file: 'scenarios/l2/mac-move.scenario.ts',
        capability: 'l2.mac-move',
        cloud: 'l2-demo',
        status: 'inconclusive',
        reason: 'the capture at compute2:eth1 lost 14 frames',
        durationMs: 1204,
        steps: [],
      },
      {
        name: 'Two servers on different hosts reach each other by GRE',
        file: 'scenarios/l2/across-hosts-by-gre.scenario.ts',
        capability: 'l2.gre',
        status: 'skipped',
        reason: 'this kernel has no ip_gre module',
        durationMs: 0,
        steps: [],
      },
    ],
    captures: [
      {
        id: 'l2-demo',
        cloud: 'l2-demo',
        points: pointsOf(topology),
        frames: capture.frames.length,
        dropped: 0,
      },
    ],
    timings: [
      { name: 'start the engine', ms: 96 },
      { name: 'start 7 nodes', ms: 648 },
      { name: 'apply the cloud', ms: 231 },
      { name: 'scenarios', ms: 6120 },
      { name: 'down', ms: 317 },
    ],
  };
  return { report, captures: [{ id: 'l2-demo', frames: capture.frames }] };
}

function arpStory(capture: SampleCapture): { ask: JourneyReport; answer: JourneyReport } {
  const [web1, web2] = [capture.port('web1'), capture.port('web2')];
  const ask: Inner = { from: web1, to: web2, kind: 'who-has' };
  const answer: Inner = { from: web2, to: web1, kind: 'is-at' };
  const asked = capture.guest('web1', 'out', ask, () => [capture.tap('web1', 'in', ask)]);
  const answered = capture.tap('web1', 'out', answer, () => [capture.guest('web1', 'in', answer)]);
  return {
    ask: passed('The question stays on compute1', 'arp who-has 10.0.1.12 tell 10.0.1.11', [asked]),
    answer: passed('compute1 answers for web2', 'arp 10.0.1.12 is-at web2', [answered]),
  };
}

function pingStory(
  capture: SampleCapture,
  from: string,
  to: string,
  kind: 'request' | 'reply',
): JourneyReport {
  const inner: Inner = { from: capture.port(from), to: capture.port(to), kind };
  return passed(`echo ${kind} ${from} to ${to}`, `icmp echo-${kind} 1a2b/1`, [
    across(capture, inner, from, to, 5001),
  ]);
}

/** From a server to one on another host, through the tunnel. */
function across(
  capture: SampleCapture,
  inner: Inner,
  from: string,
  to: string,
  vni: number,
  leak?: () => Hop,
): Hop {
  const { topology } = capture;
  const [source, sink] = [topology.servers[from]?.host ?? '', topology.servers[to]?.host ?? ''];
  const tunnel = vxlan(topology, source, sink, vni);
  const arrive = () => [
    capture.tap(to, 'out', inner, () => [capture.guest(to, 'in', inner)]),
    ...(leak === undefined ? [] : [leak()]),
  ];
  return capture.guest(from, 'out', inner, () => {
    const hop = capture.tap(from, 'in', inner, () => [
      capture.wire(source, true, inner, tunnel, () => [capture.wire(sink, false, inner, tunnel, arrive)]),
    ]);
    return [{ ...hop, bridges: bridgeSteps(from, to, vni) }];
  });
}

/** The packet leaves in the wrong VXLAN, and a server of another network gets a copy. */
function leakStory(capture: SampleCapture): { readonly report: JourneyReport; readonly text: string } {
  const inner: Inner = { from: capture.port('web1'), to: capture.port('web2'), kind: 'request' };
  const stray = () => capture.tap('db1', 'out', inner, () => [capture.guest('db1', 'in', inner)]);
  const root = across(capture, inner, 'web1', 'web2', 5002, stray);
  const observed: Journey = { packet: PACKET, verdict: 'misdelivered', roots: [root] };
  const good = across(new SampleCapture(capture.topology), inner, 'web1', 'web2', 5001);
  const expected = { ...expectedFrom(PACKET, [good]), receivers: ['web2:eth0'] };
  const title = 'echo request web1 to web2, and nobody else';
  return {
    report: journeyReport({ title, capture: 'l2-demo', expected, observed, reason: 'db1 must not get it' }),
    text: tellComparison(compare(expected, observed), { title, width: 120 }),
  };
}

function passed(title: string, packet: string, roots: readonly Hop[]): JourneyReport {
  const observed: Journey = { packet, verdict: 'delivered', roots };
  return journeyReport({
    title,
    capture: 'l2-demo',
    expected: expectedFrom(packet, roots),
    observed,
    reason: 'all receivers got it',
  });
}

function expectedFrom(packet: string, roots: readonly Hop[]): ExpectedJourney {
  const expect = ({ kind, node, device, to, headers, next }: Hop): ExpectedHop => {
    const { tunnel } = headers;
    return {
      kind,
      node,
      device,
      ...(to !== undefined && { to }),
      headers: {
        vlan: null,
        tunnel: tunnel === undefined ? null : { type: tunnel.type, id: tunnel.id, dst_ip: tunnel.dst_ip },
      },
      because: REASONS[kind] ?? 'it passes here',
      next: next.map(expect),
    };
  };
  return { packet, verdict: 'delivered', roots: roots.map(expect) };
}

const REASONS: Readonly<Record<string, string>> = {
  guest: 'it sends, or is to receive',
  tap: 'every frame of a server passes its tap',
  wire: 'the receiver is on another host, and its network is a VXLAN',
};

function bridgeSteps(from: string, to: string, vni: number): BridgeStep[] {
  const step = (
    bridge: string,
    table: number,
    priority: number,
    match: string,
    actions: string,
    owner: string,
  ): BridgeStep => ({
    bridge,
    table,
    priority,
    match,
    actions,
    cookie: `0x${(table * 7919 + priority).toString(16).padStart(16, '0')}`,
    owner,
  });
  return [
    step('br-int', 0, 2, 'in_port=5', 'resubmit(,60)', `port of ${from}`),
    step('br-int', 60, 3, '', 'NORMAL', 'infrastructure'),
    step('br-tun', 0, 1, 'in_port=patch-int', 'resubmit(,2)', 'infrastructure'),
    step('br-tun', 2, 0, 'dl_dst=00:00:00:00:00:00/01:00:00:00:00:00', 'resubmit(,20)', 'infrastructure'),
    step(
      'br-tun',
      20,
      2,
      `dl_vlan=1,dl_dst=…`,
      `strip_vlan,set_field:${vni}->tun_id,output:vxlan`,
      `port of ${to}`,
    ),
  ];
}

function pointsOf(topology: Topology): Point[] {
  const guests = Object.values(topology.servers).flatMap((server) =>
    server.nics.flatMap((nic): Point[] => {
      const port = topology.ports[nic.port];
      if (port === undefined) return [];
      const [guest, tap] = [`${server.name}:${nic.device}`, `${server.host}:${tapName(port)}`];
      return [
        { id: guest, kind: 'guest', node: server.name, device: nic.device, peer: tap, object: port.name },
        { id: tap, kind: 'tap', node: server.host, device: tapName(port), peer: guest, object: port.name },
      ];
    }),
  );
  const wires = topology.underlay.links.flatMap(({ key, ends }) =>
    ends.map((end, index): Point => {
      const far = ends[1 - index] ?? end;
      const [id, peer] = [`${end.host}:${end.device}`, `${far.host}:${far.device}`];
      return { id, kind: 'wire', node: end.host, device: end.device, peer, object: key };
    }),
  );
  return [...guests, ...wires];
}
