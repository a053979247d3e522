import { encode, type LayerSpec } from 'tcpdump-parser';
import { describe, expect, test } from 'vitest';
import { type CapturedFrame, correlate, pointId, pointsOf } from '../observe/index.ts';
import { arpRequest } from '../probe/index.ts';
import { targetNamed } from '../targets/index.ts';
import { check } from './check.ts';
import { smallCloud } from './small-cloud.fixture.ts';

const topology = smallCloud({ servers: { web1: 'compute1', web2: 'compute2', web3: 'compute1' } });
const { state } = targetNamed('ml2-ovs').compile(topology);
const points = pointsOf(state.wires, { compute1: '172.31.1.11', compute2: '172.31.1.12' });

const portOf = (server: string) => {
  const port = topology.ports[topology.servers[server]?.nics[0]?.port ?? ''];
  if (!port) throw new Error(`no port of ${server}`);
  return port;
};

/** Ends of a server's cable: the server's own, and the tap. */
const endsOf = (server: string): [string, string] => {
  const wire = Object.values(state.wires).find(({ ends }) => ends[0].namespace === server);
  if (!wire) throw new Error(`no cable of ${server}`);
  return [pointId(wire.ends[0]), pointId(wire.ends[1])];
};

const [web1, tap1] = endsOf('web1');
const [web2, tap2] = endsOf('web2');
const [web3, tap3] = endsOf('web3');

const ethernet = (from: string, to: string): LayerSpec => ({
  protocol: 'ethernet',
  source: portOf(from).mac_address,
  destination: portOf(to).mac_address,
});
const ipv4 = (from: string, to: string): LayerSpec => ({
  protocol: 'ipv4',
  source: portOf(from).fixed_ips[0]?.ip_address ?? '',
  destination: portOf(to).fixed_ips[0]?.ip_address ?? '',
  identification: 7,
});
const icmp: LayerSpec = { protocol: 'icmp', identifier: 0x4fa1, sequence: 1 };
const echo = encode([ethernet('web1', 'web3'), ipv4('web1', 'web3'), icmp], new Uint8Array(56).fill(3));

let clock = 0n;
const seen = (point: string, direction: 'in' | 'out', bytes: Uint8Array): CapturedFrame => ({
  point,
  direction,
  bytes,
  time: (clock += 1000n),
});

const sent = (bytes = echo): CapturedFrame[] => [seen(web1, 'out', bytes), seen(tap1, 'in', bytes)];
const arrived = (bytes = echo): CapturedFrame[] => [seen(tap3, 'out', bytes), seen(web3, 'in', bytes)];

const judged = (frames: readonly CapturedFrame[], dropped = 0) =>
  check(topology, correlate(frames, points, dropped > 0 ? { dropped: { compute1: dropped } } : {}));

describe('a packet between two servers of a host', () => {
  test('that went where it must and nowhere else is fine', () => {
    const result = judged([...sent(), ...arrived()]);
    expect(result).toMatchObject({ ok: true, unexplained: [] });
    expect(result.journeys).toMatchObject([
      {
        title: 'icmp echo-request 4fa1/1',
        from: portOf('web1').name,
        ok: true,
        observed: { verdict: 'delivered' },
      },
    ]);
  });

  test('that did not arrive is lost', () => {
    const { ok, journeys } = judged(sent());
    expect(ok).toBe(false);
    expect(journeys).toMatchObject([
      { ok: false, observed: { verdict: 'lost' }, expected: { verdict: 'delivered' } },
    ]);
  });

  test('of which a copy came out elsewhere is not fine', () => {
    const { ok, journeys } = judged([
      ...sent(),
      ...arrived(),
      seen(tap2, 'out', echo),
      seen(web2, 'in', echo),
    ]);
    expect(ok).toBe(false);
    expect(journeys).toMatchObject([{ ok: false }]);
  });

  test('of which a copy goes to a host that is gone is fine: nobody is there', () => {
    const copy = encode(
      [
        { protocol: 'ethernet', source: '0a:00:00:00:00:01', destination: '0a:00:00:00:00:02' },
        { protocol: 'ipv4', source: '172.31.1.11', destination: '172.31.1.12' },
        { protocol: 'udp', sourcePort: 40000, destinationPort: 4789 },
        { protocol: 'vxlan', vni: 5001 },
      ],
      echo,
    );
    const frames = [...sent(), seen('compute1:eth0', 'out', copy), ...arrived()];
    const observation = correlate(frames, points);
    const silent = { ...topology, silent_hosts: ['compute2'] };
    expect(check(silent, observation)).toMatchObject({ ok: true, journeys: [{ ok: true }] });
    expect(check(topology, observation)).toMatchObject({ ok: false, journeys: [{ ok: false }] });
  });

  test('of which captures may have missed something proves nothing', () => {
    const { ok, journeys } = judged(sent(), 3);
    expect(ok).toBe(false);
    expect(journeys[0]?.comparison.inconclusive).toBeTruthy();
  });
});

describe('packets that nobody sent', () => {
  test('are unexplained where they come out of a switch', () => {
    const { ok, unexplained, journeys } = judged(arrived());
    expect(ok).toBe(false);
    expect(unexplained.map(({ label }) => label)).toEqual(['icmp echo-request 4fa1/1']);
    expect(journeys).toEqual([]);
  });

  test('are the hosts’ own affair where they stay on cables', () => {
    const own = arpRequest({ mac_address: '0a:00:00:00:00:01', ip_address: '172.31.1.11' }, '172.31.1.12');
    const frames = [seen('compute1:eth0', 'out', own), seen('compute2:eth0', 'in', own)];
    expect(judged(frames)).toMatchObject({ ok: true, unexplained: [], journeys: [] });
  });
});

test('an answer that the cloud owes and does not give is missed', () => {
  // Its switch answers for web2, which is on another host.
  const { mac_address, fixed_ips } = portOf('web1');
  const asked = arpRequest(
    { mac_address, ip_address: fixed_ips[0]?.ip_address ?? '' },
    portOf('web2').fixed_ips[0]?.ip_address ?? '',
  );
  const { ok, journeys } = judged([...sent(asked), ...arrived(asked)]);
  expect(ok).toBe(false);
  expect(journeys.map(({ title, ok: fine, observed }) => [title, fine, observed.verdict])).toMatchObject([
    [expect.stringContaining('who-has'), true, expect.any(String)],
    [expect.stringContaining('is-at'), false, 'lost'],
  ]);
});

test('no packets, nothing to complain about', () => {
  expect(judged([])).toEqual({
    journeys: [],
    unexplained: [],
    findings: [],
    ok: true,
    connections: [],
    neighbours: {},
  });
});
