import { readFileSync } from 'node:fs';
import type { Cloud } from '../../cloud/index.ts';
import { GUESTS } from '../../state/index.ts';
import { fileHere, installed, runProgram } from '../programs.ts';
import { type Bench, startCloud, topologyWith } from '../lab.ts';
import { notMeasured, row } from '../result.ts';
import { type Goal, interleave, timed } from '../statistics.ts';

const COUNT = 64;
const ALL = Array.from({ length: COUNT }, (_, i) => i);
const HOSTS = ['compute1', 'compute2'] as const;
const FLOOR_GOAL: Goal = { of: 'ratio', is: 'at most', limit: 4 };
const MININET_GOAL: Goal = { of: 'ratio', is: 'at least', limit: 5 };

/** A running cloud grows by 64 servers; beside it, the same namespaces and cables bare, and 64 hosts of Mininet. */
export const addServers: Bench = {
  name: 'add-64-servers',
  run: async (lab) => {
    await using cloud = await startCloud(lab);
    const few = cloud.topology;
    const many = await topologyWith(COUNT, cloud);
    const removals: number[] = [];
    const own = async (): Promise<number> => {
      const ms = await timed(() => cloud.apply(many));
      removals.push(await timed(() => cloud.apply(few)));
      return ms;
    };
    const bare = async (): Promise<number> => {
      const ms = await timed(() => addBare(cloud));
      await removeBare(cloud);
      return ms;
    };
    await own();
    await bare();
    removals.length = 0;
    const { ours, floor } = await interleave(lab.repeat, { ours: own, floor: bare });
    const rows = [
      row('add-64-servers', ours, { goal: FLOOR_GOAL, peer: { name: 'bare ip -batch', values: floor } }),
      row('remove-64-servers', removals),
    ];
    const impossible = whyNoMininet();
    if (impossible !== undefined) {
      return [...rows, notMeasured('add-64-servers', impossible, { goal: MININET_GOAL })];
    }
    const beside = await interleave(lab.repeat, { ours: own, mininet: startMininet });
    const peer = { name: 'Mininet, single,64', values: beside.mininet, faster: true };
    return [...rows, row('add-64-servers', beside.ours, { goal: MININET_GOAL, peer })];
  },
};

/** Namespaces and veth pairs in one go, addresses one namespace after the other, taps up on both hosts at once. */
async function addBare(cloud: Cloud): Promise<void> {
  const { cluster } = cloud;
  const pids = await Promise.all(HOSTS.map((host) => pidOf(cloud, host)));
  const batch = ALL.map(
    (i) =>
      `netns add bare${i}\nlink add eth0 netns bare${i} mtu 1450 up type veth peer name bare${i} netns ${pids[i % 2]} mtu 1450`,
  );
  const addresses = ALL.map((i) => `ip -n bare${i} addr add 10.1.0.${i + 1}/16 dev eth0`);
  const script = `ip -batch - <<END\n${batch.join('\n')}\nEND\n${addresses.join('\n')}`;
  await (await cluster.agent(GUESTS)).run(['sh', '-ec', script]);
  await Promise.all(
    HOSTS.map(async (host, at) => {
      const lines = ALL.filter((i) => i % 2 === at).map((i) => `link set bare${i} up\n`);
      await (await cluster.agent(host)).run(['ip', '-batch', '-'], { stdin: lines.join('') });
    }),
  );
}

async function removeBare(cloud: Cloud): Promise<void> {
  // The kernel takes namespaces apart later; their cables must be gone before the next round makes some of the same name.
  await Promise.all(
    HOSTS.map(async (host, at) => {
      const lines = ALL.filter((i) => i % 2 === at).map((i) => `link del bare${i}\n`);
      await (await cloud.cluster.agent(host)).run(['ip', '-batch', '-'], { stdin: lines.join('') });
    }),
  );
  const lines = ALL.map((i) => `netns del bare${i}\n`).join('');
  await (await cloud.guests()).run(['ip', '-batch', '-'], { stdin: lines });
}

const pids = new Map<string, number>();

async function pidOf(cloud: Cloud, node: string): Promise<number> {
  const id = cloud.cluster.containerId(node);
  const known = pids.get(id);
  if (known !== undefined) return known;
  const { State } = await cloud.cluster.engine.docker.getContainer(id).inspect();
  pids.set(id, State.Pid);
  return State.Pid;
}

function whyNoMininet(): string | undefined {
  if (installed('mn') === undefined) return 'mn is not installed';
  if (installed('brctl') === undefined) return 'mn needs brctl, which is not installed';
  if (installed('unshare') === undefined || process.getuid?.() !== 0) return 'mn needs root on Linux';
  return undefined;
}

/** In namespaces of its own: Mininet's devices and processes never meet the machine's. */
async function startMininet(): Promise<number> {
  const mn = readFileSync(installed('mn') ?? '', 'utf8');
  const python = /^#!\s*(?<python>\S+)/.exec(mn)?.groups?.['python'] ?? 'python3';
  const isolated = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const { lines } = await runProgram('unshare', [
    ...isolated,
    python,
    fileHere('peers/mininet-hosts.py'),
    String(COUNT),
  ]);
  const started = lines.find(({ text }) => text.startsWith('started '));
  if (!started) throw new Error('Mininet did not say when it had started');
  return Number(started.text.slice('started '.length));
}
