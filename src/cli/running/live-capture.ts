/** Frames at a few points as they pass. */
import type { Cloud } from '../../cloud/cloud.ts';
import { type Channel, captureRecords } from '../../engine/index.ts';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { pointId } from '../../observe/index.ts';
import { MARKER_ETHERTYPE, type WireEnd } from '../../state/index.ts';
import { nearest } from '../../topology/nearest.ts';

export interface LiveFrame {
  readonly point: string;
  readonly direction: 'in' | 'out';
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly data: Uint8Array;
  readonly originalLength: number;
}

export interface LiveCapture {
  /** Ends it; how many frames were missed. */
  stop(): Promise<number>;
}

/** All ends of cables by their ids. */
function endsOf(cloud: Cloud): Map<string, WireEnd> {
  return new Map(
    Object.values(cloud.cluster.state.wires)
      .flatMap(({ ends }) => ends)
      .map((end) => [pointId(end), end]),
  );
}

/** Points by name: in full, a server's name for its first NIC, or `all`. @throws NetdojoError ND_POINT_UNKNOWN */
export function pointsNamed(cloud: Cloud, names: readonly string[]): Map<string, WireEnd> {
  const ends = endsOf(cloud);
  const chosen = new Map<string, WireEnd>();
  for (const name of names) {
    if (name === 'all') return ends;
    const id = Object.hasOwn(cloud.topology.servers, name) ? `${name}:eth0` : name;
    const end = ends.get(id);
    if (!end) throw unknownPoint(cloud, name, [...ends.keys()]);
    chosen.set(id, end);
  }
  return chosen;
}

function unknownPoint(cloud: Cloud, name: string, ids: readonly string[]): NetdojoError {
  const onNode = ids.filter((id) => id.startsWith(`${name}:`));
  const [meant] = nearest(name, ids);
  const hint = onNode.length > 0 ? `one of ${onNode.join(', ')}` : meant && `did you mean ${meant}?`;
  return new NetdojoError(`no point ${name} in ${cloud.name}`, {
    code: 'ND_POINT_UNKNOWN',
    expected: 'a server, or an end of a cable such as compute1:eth1',
    hint: hint ?? 'netdojo capture --list',
    exitCode: EXIT.usage,
  });
}

/** Begins to capture; it is armed when this returns. */
export async function startCapture(
  cloud: Cloud,
  points: ReadonlyMap<string, WireEnd>,
  receive: (frame: LiveFrame) => void,
): Promise<LiveCapture> {
  const byNode = Map.groupBy(points.values(), (end) => end.node);
  const channels = await Promise.all(
    [...byNode].map(async ([node, ends]) => {
      const agent = await cloud.cluster.agent(node);
      const namespaces = Map.groupBy(ends, (end) => end.namespace);
      let names = new Map<number, string>();
      const early: Buffer[] = [];
      const deliver = (chunk: Buffer): void => {
        for (const { namespace, ...record } of captureRecords(chunk)) {
          if (isMarker(record.data)) continue;
          const place = { node, namespace: names.get(namespace) ?? '', device: record.device };
          receive({ ...record, point: pointId(place) });
        }
      };
      const { channel, value } = await agent.open<[number, string][]>(
        'capture',
        { namespaces: [...namespaces].map(([name, list]) => [name, list.map(({ device }) => device)]) },
        { data: (chunk) => (names.size > 0 ? deliver(chunk) : early.push(chunk)) },
      );
      names = new Map(value);
      for (const chunk of early) deliver(chunk);
      return { agent, channel };
    }),
  );
  return {
    async stop() {
      const missed = await Promise.all(
        channels.map(async ({ agent, channel }) => {
          const counts = await agent.request<CaptureCount[]>('capture-sync', { channel: channel.id });
          await endChannel(agent, channel);
          return counts.reduce((sum, [, , dropped]) => sum + dropped, 0);
        }),
      );
      return missed.reduce((sum, dropped) => sum + dropped, 0);
    },
  };
}

/** Namespace, frames seen, frames missed. */
type CaptureCount = readonly [namespace: string, seen: number, dropped: number, ...more: unknown[]];

async function endChannel(agent: Awaited<ReturnType<Cloud['guests']>>, channel: Channel): Promise<void> {
  await agent.request('capture-stop', { channel: channel.id });
}

/** The harness's own frames are nobody's traffic. */
const isMarker = (data: Uint8Array): boolean => ((data[12] ?? 0) << 8) + (data[13] ?? 0) === MARKER_ETHERTYPE;
