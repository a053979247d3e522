/** What a run of the benchmarks says: one row a claim. Pure. */
import { type Goal, isMet, pairedRatios, type Summary, summarize } from './statistics.ts';

export type Unit = 'ms' | 'MB' | 'packets/s' | 's' | 'Mbit/s' | Counted;

/** What is counted, and has no fractions. */
type Counted = 'flows' | 'rules' | 'members';

export interface Peer {
  /** What was measured beside it, in the same run. */
  readonly name: string;
  readonly value: Summary;
  /** Of the value to the peer's, pair by pair; the other way round where `faster`. */
  readonly ratio: Summary;
  /** The ratio tells how many times as long the peer takes. */
  readonly faster?: boolean;
}

export interface Row {
  /** Benchmark and, where it makes several, what of it: `down`, `up: imports`. */
  readonly name: string;
  readonly unit: Unit;
  readonly value?: Summary;
  readonly peer?: Peer;
  readonly goal?: Goal;
  readonly met?: boolean;
  /** Why there is no value, or no peer. */
  readonly notMeasured?: string;
}

export interface Machine {
  readonly processors: number;
  readonly processor: string;
  readonly memoryMB: number;
  readonly kernel: string;
  readonly node: string;
  readonly engine?: string;
  readonly loadBefore: number;
  readonly loadAfter: number;
  /** How many times longer a fixed computation took than the processor time it needed; 1 is a quiet machine. */
  readonly contention: Summary;
}

export interface BenchResult {
  readonly schema: 'netdojo.bench/1';
  readonly date: string;
  readonly repeat: number;
  readonly machine: Machine;
  readonly rows: readonly Row[];
  /** No goal was missed and nothing broke. What could not be measured for want of a peer is no miss. */
  readonly ok: boolean;
}

export interface RowOptions {
  readonly unit?: Unit;
  readonly goal?: Goal;
  readonly peer?: { readonly name: string; readonly values: readonly number[]; readonly faster?: boolean };
  /** Why there is no peer. */
  readonly without?: string;
}

export function row(name: string, values: readonly number[], options: RowOptions = {}): Row {
  const { unit = 'ms', goal, peer, without } = options;
  const value = summarize(values);
  const compared = peer && {
    name: peer.name,
    value: summarize(peer.values),
    ratio: summarize(peer.faster ? pairedRatios(peer.values, values) : pairedRatios(values, peer.values)),
    ...(peer.faster && { faster: true }),
  };
  const judged = goal?.of === 'ratio' ? compared?.ratio.median : value.median;
  return {
    name,
    unit,
    value,
    ...(compared && { peer: compared }),
    ...(goal && { goal }),
    ...(goal && judged !== undefined && { met: isMet(goal, judged) }),
    ...(without !== undefined && { notMeasured: without }),
  };
}

export function notMeasured(name: string, why: string, options: Pick<RowOptions, 'unit' | 'goal'> = {}): Row {
  const { unit = 'ms', goal } = options;
  return { name, unit, notMeasured: why, ...(goal && { goal }) };
}
