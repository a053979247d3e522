import { dissect, fromHex } from 'tcpdump-parser';
import { expect, test } from 'vitest';
import type { Cluster } from '../engine/index.ts';
import { GUESTS } from '../state/index.ts';
import { announceMoved } from './announce-moved.ts';
import { announcements } from './announce.ts';
import { targetNamed } from '../targets/index.ts';
import { smallCloud } from './small-cloud.fixture.ts';

test('a server that moved: RARP for its NIC and ARP for its address, at once and four times more', async () => {
  const topology = smallCloud();
  const { state } = targetNamed('ml2-ovs').compile(topology);
  const moved = announcements(state, topology).filter(({ namespace }) => namespace === 'web1');
  const asked: [string, string, { frames: string[][]; pauses?: number[] }][] = [];
  const agent = (node: string) => ({
    request: async (operation: string, parameters: { frames: string[][] }) => {
      asked.push([node, operation, parameters]);
    },
  });
  const cluster = { agent: async (node: string) => agent(node) } as unknown as Cluster;
  await (await announceMoved(cluster, topology, moved)).last;

  expect(asked.map(([node, operation]) => [node, operation])).toEqual([
    [GUESTS, 'inject'],
    [GUESTS, 'inject-again'],
  ]);
  const [first, again] = asked.map(([, , parameters]) => parameters);
  expect(again).toEqual({ frames: first?.frames, pauses: [0.05, 0.15, 0.25, 0.35] });
  const frames = first?.frames.map(([, , hex = '']) => fromHex(hex)) ?? [];
  const { mac_address: source } = topology.ports[topology.servers['web1']?.nics[0]?.port ?? ''] ?? {};
  const destination = 'ff:ff:ff:ff:ff:ff';
  expect(frames.map((bytes) => dissect(bytes).layers[0])).toMatchObject([
    { etherType: 0x8035, source, destination },
    { etherType: 0x0806, source, destination },
  ]);
  expect(frames[0]).toHaveLength(60);
});

test('nobody moved: nothing is said', async () => {
  const cluster = { agent: () => Promise.reject(new Error('asked')) } as unknown as Cluster;
  const { last } = await announceMoved(cluster, smallCloud(), []);
  expect(await last).toBeUndefined();
});
