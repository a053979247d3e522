import { fileHere, lineTime, runEntry, runProgram, whyNoScript } from '../programs.ts';
import { type Bench, dockerEnvironment, type Lab } from '../lab.ts';
import { notMeasured, type Row, row } from '../result.ts';
import { type Goal, interleave } from '../statistics.ts';

const GOAL: Goal = { of: 'ratio', is: 'at most', limit: 1.5 };
const PEER = 'parallel shell script';

interface Story {
  readonly origin: number;
  readonly tries: number;
  readonly marks: readonly (readonly [name: string, ms: number])[];
}

/** From the start of the program to the first ping across hosts, and where that time goes. */
export const up: Bench = {
  name: 'up',
  run: async (lab) => {
    const { engine, image, datapathType } = await lab.ready();
    const env = dockerEnvironment(engine);
    const impossible = whyNoScript(engine.socket, ['bash', 'docker', 'ip', 'nsenter']);
    const stories: Story[] = [];
    const own = async (): Promise<number> => {
      const { lines } = await runEntry('first-ping.ts', [], env);
      stories.push(JSON.parse(lines.at(-1)?.text ?? '') as Story);
      return lineTime(lines, 'ping');
    };
    const script = async (round: number): Promise<number> => {
      const name = `bench-sh-${process.pid}-${round}`;
      const { lines } = await runProgram(fileHere('peers/up.sh'), [image, name, datapathType], { env });
      return lineTime(lines, 'ping');
    };
    // One round that does not count, for both: files are in memory then, and ours are compiled.
    await own();
    stories.length = 0;
    if (impossible !== undefined) {
      const { ours } = await interleave(lab.repeat, { ours: own });
      return [row('up', ours, { goal: GOAL, without: impossible }), ...phases(stories)];
    }
    await script(-1);
    const { ours, theirs } = await interleave(lab.repeat, { ours: own, theirs: script });
    return [row('up', ours, { goal: GOAL, peer: { name: PEER, values: theirs } }), ...phases(stories)];
  },
};

function phases(stories: readonly Story[]): Row[] {
  const names = stories[0]?.marks.map(([name]) => name) ?? [];
  return names.map((name, index) => {
    const spans = stories.map(({ marks }) => (marks[index]?.[1] ?? 0) - (marks[index - 1]?.[1] ?? 0));
    return row(`up: ${PHASES[name] ?? name}`, spans);
  });
}

/** What a mark ends. */
const PHASES: Readonly<Record<string, string>> = {
  process: 'Node starts',
  imports: 'modules load',
  document: 'documents are read',
  engine: 'the engine is found',
  image: 'the image is there, dead runs are swept',
  containers: 'the state is compiled',
  switches: 'containers and switches start',
  wires: 'they are all reached',
  settings: 'cables, bridges, flows',
  ready: 'ports, addresses, settings',
  up: 'servers are announced',
  ping: 'first ping',
  down: 'everything is removed',
};

/** The command itself, as its user meets it. */
export const commands: Bench = {
  name: 'commands',
  run: async (lab: Lab) => {
    const { engine } = await lab.ready();
    const env = dockerEnvironment(engine);
    const name = `bench-cli-${process.pid}`;
    const netdojo = async (...args: readonly string[]): Promise<number> =>
      (await runProgram(process.execPath, [fileHere('../cli/bin.mjs'), ...args], { env })).ms;
    const document = fileHere('cloud.yaml');
    const results: Record<string, number[]> = {};
    const note = (what: string, ms: number): void => void (results[what] ??= []).push(ms);
    try {
      for (let round = 0; round < lab.repeat; round++) {
        note('up', await netdojo('up', document, '--name', name));
        note('ping, its way checked', await netdojo('ping', 'web1', 'web2', '--cloud', name));
        note('apply, nothing to change', await netdojo('apply', document, '--cloud', name));
        note('down', await netdojo('down', name));
      }
    } catch (error) {
      await netdojo('down', name).catch((second: unknown) => lab.log(String(second)));
      return [
        notMeasured('netdojo', error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)),
      ];
    }
    return Object.entries(results).map(([what, ms]) => row(`netdojo ${what}`, ms));
  },
};
