import { type Bench, dockerEnvironment } from '../lab.ts';
import { runEntry } from '../programs.ts';
import { type Row, row } from '../result.ts';
import type { Goal } from '../statistics.ts';

const GOAL: Goal = { of: 'value', is: 'at most', limit: 200 };
/** Bytes that go there and come back. */
const SIZES = [2_000_000, 20_000_000];

interface Answer {
  readonly before: number;
  readonly after: number;
  readonly outcome: string;
  readonly frames: number;
  readonly captured: number;
  readonly dropped: number;
  readonly nodes: Readonly<Record<string, number>>;
  readonly server: number;
}

/** What the program, the nodes and a server take while everything is captured. */
export const memory: Bench = {
  name: 'memory',
  run: async (lab) => {
    const { engine } = await lab.ready();
    const rows: Row[] = [];
    let answer: Answer | undefined;
    for (const size of SIZES) {
      const { lines } = await runEntry('memory.ts', [String(size)], dockerEnvironment(engine));
      answer = JSON.parse(lines.at(-1)?.text ?? '') as Answer;
      const { frames, captured, dropped, outcome, after } = answer;
      const frameText = `${frames} frames of ${Math.round(captured / 1e6)} MB, ${dropped} missed`;
      lab.log(`memory: TCP, ${size / 1e6} MB there and back: ${outcome}, ${frameText}`);
      rows.push(megabytes(`memory: program, TCP of ${size / 1e6} MB captured`, after, GOAL));
    }
    if (!answer) return rows;
    return [
      megabytes('memory: program, cloud up', answer.before),
      ...rows,
      ...Object.entries(answer.nodes).map(([node, bytes]) => megabytes(`memory: node ${node}`, bytes)),
      megabytes('memory: a server', answer.server),
    ];
  },
};

const megabytes = (name: string, bytes: number, goal?: Goal): Row =>
  row(name, [bytes / 1e6], { unit: 'MB', ...(goal && { goal }) });
