/** Benchmarks: each claim as a ratio against a floor or a peer that is measured in the same run. */
import { cpus, loadavg, release, totalmem } from 'node:os';
import { messageOf } from '../errors/index.ts';
import { addServers } from './claims/add-servers.ts';
import { decode } from './claims/decode.ts';
import { memory } from './claims/memory.ts';
import { npmTest } from './claims/npm-test.ts';
import { pure } from './claims/pure.ts';
import { agentCommand, down, settled } from './claims/running.ts';
import { securityGroups } from './claims/security-groups.ts';
import { tcpThroughput } from './claims/throughput.ts';
import { commands, up } from './claims/up.ts';
import { effects } from './claims/effects.ts';
import { eastWest, upDistributed } from './claims/distributed.ts';
import { failOver } from './claims/fail-over.ts';
import { contention } from './contention.ts';
import { type Bench, labFor } from './lab.ts';
import { type BenchResult, notMeasured, type Row } from './result.ts';
import { summarize } from './statistics.ts';

export type { BenchResult, Machine, Peer, Row } from './result.ts';
export { markdown, resultText, table } from './table.ts';

export interface BenchOptions {
  /** Only benchmarks whose name contains one of these words, separated by commas. */
  readonly filter?: string;
  /** Rounds of what is cheap; default 7. */
  readonly repeat?: number;
  /** For progress. */
  readonly log: (line: string) => void;
  /** Lines of the table are not logged: the caller prints the result as JSON. */
  readonly json?: boolean;
}

const benches: readonly Bench[] = [
  pure,
  decode,
  up,
  commands,
  down,
  addServers,
  agentCommand,
  settled,
  memory,
  effects,
  tcpThroughput,
  securityGroups,
  eastWest,
  upDistributed,
  failOver,
  npmTest,
];

export const benchNames: readonly string[] = benches.map(({ name }) => name);

/** Runs the benchmarks; one that breaks becomes a row that says why, and the others go on. */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const { filter, repeat = 7, log } = options;
  const lab = labFor({ repeat, log });
  const [loadBefore = 0] = loadavg();
  const rows: Row[] = [];
  const busy: number[] = [contention()];
  let broken = false;
  for (const bench of benches.filter((one) => isWanted(one, filter))) {
    log(`${bench.name} …`);
    try {
      rows.push(...(await bench.run(lab)));
    } catch (error) {
      broken = true;
      rows.push(notMeasured(bench.name, messageOf(error).split('\n')[0] ?? ''));
    }
    busy.push(contention());
  }
  const engine = lab.engineVersion();
  return {
    schema: 'netdojo.bench/1',
    date: new Date().toISOString(),
    repeat,
    machine: {
      processors: cpus().length,
      processor: cpus()[0]?.model ?? 'unknown',
      memoryMB: Math.round(totalmem() / 2 ** 20),
      kernel: release(),
      node: process.versions.node,
      ...(engine === undefined ? {} : { engine }),
      loadBefore,
      loadAfter: loadavg()[0] ?? 0,
      contention: summarize(busy),
    },
    rows,
    ok: !broken && rows.every(({ met }) => met !== false),
  };
}

function isWanted({ name, onRequest }: Bench, filter: string | undefined): boolean {
  const words = (filter ?? '').split(',').filter((word) => word !== '');
  if (words.length === 0) return !onRequest;
  return words.some((word) => (onRequest ? name === word : name.includes(word)));
}
