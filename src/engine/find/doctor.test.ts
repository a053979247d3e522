import { expect, test } from 'vitest';
import { NetdojoError } from '../../errors/index.ts';
import { diagnose } from './doctor.ts';
import { kernelFindings, machineFindings } from './findings.ts';
import type { Engine } from './index.ts';
import { parseFacts } from './probe-kernel.ts';

const engine = {
  how: 'private',
  version: '20.10.24',
  apiVersion: '1.41',
  socket: '/run/netdojo/docker.sock',
} as Engine;

const find = () => Promise.resolve(engine);

const features =
  'veth netns sysctl tun macvlan bridge vxlan htb ingress conntrack nftables iptables ipset nfset brnf'.split(
    ' ',
  );
const output = [
  ...features.map((name) => `${name}=ok`),
  'netem=no Error: Specified qdisc kind is unknown.',
  'ovs=no |dpif_netlink|INFO|…',
  'kernel=6.1.0',
  'capabilities=000001fffeffffff',
  'memory=512000 kB',
  'disk=5000000',
  'pids=max',
].join('\r\n');

test('reads what a node says', () => {
  const facts = parseFacts(output);
  expect(facts.missing).toEqual({
    vlan: 'not asked',
    gre: 'not asked',
    vrf: 'not asked',
    police: 'not asked',
    netem: 'Error: Specified qdisc kind is unknown.',
    ovs: '|dpif_netlink|INFO|…',
  });
  expect(facts).toMatchObject({ kernel: '6.1.0', pidLimit: undefined, memoryAvailable: 524_288_000 });
});

test('says what follows from what the kernel lacks, and what to do', () => {
  const byId = new Map(kernelFindings(parseFacts(output)).map((finding) => [finding.id, finding]));
  expect(byId.get('kernel-netem')).toEqual({
    id: 'kernel-netem',
    title: 'netem',
    status: 'degraded',
    detail:
      'loss by nftables and rate by HTB; delay, jitter and reordering are skipped (Specified qdisc kind is unknown.)',
    remedy: "modprobe -a sch_netem   (on the engine's machine)",
  });
  expect(byId.get('kernel-veth')).toMatchObject({ status: 'ok' });
  expect(byId.get('kernel-ovs')?.detail).toContain('datapath_type=netdev');
  const machine = new Map(machineFindings(parseFacts(output)).map((finding) => [finding.id, finding]));
  expect(machine.get('privileged')?.detail).toContain('CAP_SYS_RESOURCE is outside');
  expect(machine.get('memory')?.status).toBe('degraded');
});

test('goes on as far as it gets', async () => {
  const error = new NetdojoError('no Docker engine answers', { code: 'ND_ENGINE_NONE', hint: 'start one' });
  const none = await diagnose({ find: () => Promise.reject(error) });
  expect(none.map(({ id, status }) => `${id} ${status}`)).toEqual([
    'node ok',
    'engine missing',
    'image missing',
    'kernel missing',
  ]);
  expect(none[1]?.remedy).toBe('start one');

  const bare = await diagnose({ find, size: () => Promise.resolve(undefined) });
  expect(bare.map(({ id, status }) => `${id} ${status}`)).toEqual([
    'node ok',
    'engine ok',
    'image degraded',
    'kernel missing',
  ]);

  const all = await diagnose({
    find,
    size: () => Promise.resolve(164e6),
    probe: () => Promise.resolve(parseFacts(output)),
  });
  expect(all.find(({ id }) => id === 'kernel')).toMatchObject({ status: 'ok', detail: '6.1.0' });
  expect(all.length).toBeGreaterThan(25);
});
