import { sendPing } from '../../cloud/index.ts';
import { installed, runProgram } from '../programs.ts';
import { type Bench, dockerEnvironment, startCloud, topologyWith } from '../lab.ts';
import { row, type Row } from '../result.ts';
import { interleave, median, timed } from '../statistics.ts';

async function several(count: number, action: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await timed(action));
  return median(times);
}

/** One command through a node's agent, and through the engine. */
export const agentCommand: Bench = {
  name: 'agent-command',
  run: async (lab) => {
    await using cloud = await startCloud(lab);
    const { docker } = cloud.cluster.engine;
    const id = cloud.cluster.containerId('compute1');
    const env = dockerEnvironment(cloud.cluster.engine);
    const agent = await cloud.cluster.agent('compute1');
    const byEngine = async (): Promise<void> => {
      const exec = await docker.getContainer(id).exec({ Cmd: ['true'], AttachStdout: true });
      const stream = await exec.start({ hijack: true, stdin: false });
      await new Promise((resolve) => stream.on('close', resolve).resume());
    };
    const ours = () => several(100, () => agent.run(['true']));
    const actions: Record<string, () => Promise<number>> = {
      ours,
      answer: () => several(100, () => agent.request('hello')),
      dockerode: () => several(5, byEngine),
      ...(installed('docker') !== undefined && {
        cli: () => several(3, () => runProgram('docker', ['exec', id, 'true'], { env })),
      }),
    };
    await ours();
    const times: Partial<Record<string, number[]>> = await interleave(lab.repeat, actions);
    const { ours: commands = [], answer = [], dockerode = [], cli } = times;
    const goal = { of: 'value', is: 'at most', limit: 1 } as const;
    return [
      row('agent-command', commands, { goal, peer: { name: 'exec by dockerode', values: dockerode } }),
      ...(cli ? [row('agent-command', commands, { peer: { name: 'docker exec', values: cli } })] : []),
      row('agent: an answer without a process', answer),
    ];
  },
};

/** What happens between two tests, and what a packet costs. */
export const settled: Bench = {
  name: 'settled',
  run: async (lab) => {
    await using cloud = await startCloud(lab);
    const { topology } = cloud;
    await sendPing(cloud, { from: 'web1', to: 'web2' });
    const { nothing, reset, ping } = await interleave(lab.repeat, {
      nothing: () => several(5, () => cloud.apply(topology)),
      reset: () => timed(() => cloud.reset()),
      ping: () => timed(() => sendPing(cloud, { from: 'web1', to: 'web2' })),
    });
    const rows: Row[] = [
      row('apply-nothing', nothing, { goal: { of: 'value', is: 'at most', limit: 100 } }),
      row('reset', reset, { goal: { of: 'value', is: 'at most', limit: 300 } }),
      row('ping, its way observed and checked', ping),
    ];
    await cloud.apply(await topologyWith(64, cloud));
    const large = cloud.topology;
    const { nothing: many, reset: all } = await interleave(lab.repeat, {
      nothing: () => several(3, () => cloud.apply(large)),
      reset: () => timed(() => cloud.reset()),
    });
    return [...rows, row('apply-nothing, 68 servers', many), row('reset, 68 servers', all)];
  },
};

/** Taking down, ours and by the command line. */
export const down: Bench = {
  name: 'down',
  run: async (lab) => {
    const goal = { of: 'value', is: 'at most', limit: 1000 } as const;
    const own = async (): Promise<number> => {
      await using cloud = await startCloud(lab);
      return await timed(() => cloud.down());
    };
    if (installed('docker') === undefined) {
      const { ours } = await interleave(lab.repeat, { ours: own });
      return [row('down', ours, { goal, without: 'docker is not installed' })];
    }
    const byCommand = async (): Promise<number> => {
      await using cloud = await startCloud(lab);
      const ids = cloud.cluster.nodes.map((node) => cloud.cluster.containerId(node));
      const env = dockerEnvironment(cloud.cluster.engine);
      return await timed(() => runProgram('docker', ['rm', '-f', ...ids], { env }));
    };
    const { ours, theirs } = await interleave(lab.repeat, { ours: own, theirs: byCommand });
    return [row('down', ours, { goal, peer: { name: 'docker rm -f', values: theirs } })];
  },
};
