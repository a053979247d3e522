import { type CapturedFrame, correlate, pointsOf } from '../../observe/index.ts';
import { diff } from '../../state/index.ts';
import { targetNamed } from '../../targets/index.ts';
import { loadCloud } from '../../topology/index.ts';
import { echoRequest } from '../frames.ts';
import { BASE_DOCUMENT, type Bench, topologyWith } from '../lab.ts';
import { row } from '../result.ts';
import { timed } from '../statistics.ts';

const FRAMES = 100_000;

/** What needs no engine: documents, states, differences, frames to journeys. */
export const pure: Bench = {
  name: 'pure',
  run: async ({ repeat }) => {
    const times: Record<string, number[]> = {};
    const note = async (what: string, action: () => unknown): Promise<void> => {
      (times[what] ??= []).push(await timed(async () => action()));
    };
    const target = targetNamed('ml2-ovs');
    const topology = await topologyWith(64);
    const few = target.compile(await topologyWith(0)).state;
    const { state } = target.compile(topology);
    const points = pointsOf(state.wires);
    const frames = walk(state.wires);
    // Once for the compiler.
    correlate(frames.slice(0, 6000), points);
    for (let i = 0; i < repeat; i++) {
      await note('loadCloud, 4 servers', () => loadCloud(BASE_DOCUMENT));
      await note('loadCloud, 68 servers', () => topologyWith(64));
      await note('compile, 68 servers', () => target.compile(topology));
      await note('diff, 64 servers more', () => diff(few, state));
      await note('diff, 68 servers, nothing', () => diff(state, structuredClone(state)));
      await note(`correlate, ${FRAMES / 1000} k frames`, () => correlate(frames, points));
    }
    return Object.entries(times).map(([what, ms]) => row(what, ms));
  },
};

/** Echo requests of web1 to web2, each seen at the eight ends of cables that it crosses. */
function walk(wires: Parameters<typeof pointsOf>[0]): CapturedFrame[] {
  const points = pointsOf(wires);
  const peer = (id: string): string => points.get(id)?.peer ?? '';
  const way = ['web1:eth0', peer('web1:eth0'), 'compute1:eth1', peer('compute1:eth1')];
  const back = ['web2:eth0', peer('web2:eth0'), 'compute2:eth1', peer('compute2:eth1')].toReversed();
  const all = [...way, ...back];
  const frames: CapturedFrame[] = [];
  for (let i = 0; frames.length < FRAMES; i++) {
    const { inside, outside } = echoRequest(i);
    for (const [at, point] of all.entries()) {
      const bytes = at < 2 || at > 5 ? inside : outside;
      const time = 1_000_000_000n + BigInt(i) * 100_000n + BigInt(at) * 1000n;
      frames.push({ point, direction: at % 2 === 0 ? 'out' : 'in', time, bytes });
    }
  }
  return frames.slice(0, FRAMES);
}
