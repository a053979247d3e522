/** Programs that run in servers and hosts while something is measured, each a process of its own. */
import { readFileSync } from 'node:fs';
import type { Agent } from '../engine/index.ts';
import { fileHere } from './programs.ts';

const source = (name: string): string => readFileSync(fileHere(`guests/${name}.py`), 'utf8');

/** An echo request and its answer, in milliseconds of this program's clock. */
export interface Beat {
  readonly sent: number;
  readonly answered?: number;
}

/** The other side's monotonic clock, read as fast as it answers; what it knows beside is not needed. */
const CLOCK = 'def op_clock():\n    yield from ()\n    return time.monotonic_ns() // 1000\n';

/** What has to be added to microseconds of the agent's clock, divided by 1000, to get `performance.now()`. */
async function clockOffset(agent: Agent): Promise<number> {
  await agent.request('learn', { name: 'bench-clock', source: CLOCK });
  let best = { ms: Number.POSITIVE_INFINITY, offset: 0 };
  for (let i = 0; i < 20; i++) {
    const before = performance.now();
    const theirs = await agent.request<number>('clock');
    const after = performance.now();
    if (after - before < best.ms) best = { ms: after - before, offset: (before + after) / 2 - theirs / 1000 };
  }
  return best.offset;
}

let beats = 0;

/** Echo requests from a server or host, one a millisecond, from before `action` until so long after it. */
export async function beatsDuring(
  from: { readonly agent: Agent; readonly namespace?: string },
  destination: string,
  action: () => Promise<unknown>,
): Promise<{ readonly beats: readonly Beat[]; readonly called: number; readonly returned: number }> {
  const { agent, namespace = '' } = from;
  const offset = await clockOffset(agent);
  const log = `/tmp/bench-beat-${beats++}`;
  const argv = ['python3', '-c', source('beat'), destination, `${PACE}`];
  const pid = await agent.request<number>('start', { argv, namespace, log });
  await lines(agent, log, 1);
  await passed(BEFORE);
  const called = performance.now();
  await action();
  const returned = performance.now();
  await passed(AFTER);
  await agent.request('kill', { pid, signal_number: 15 });
  const text = (await lines(agent, log, 2))[1] ?? '';
  await agent.request('remove', { path: log });
  const all = (JSON.parse(text) as [number, number | null][]).map(([sent, answered]) => ({
    sent: sent / 1000 + offset,
    ...(answered !== null && { answered: answered / 1000 + offset }),
  }));
  return { beats: all, called, returned };
}

/** Seconds from one echo request to the next. */
const PACE = 0.001;
/** Milliseconds of it before and after. */
const BEFORE = 100;
const AFTER = 1000;

const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Whole lines of a file on a node, once there are so many. */
async function lines(agent: Agent, path: string, count: number): Promise<string[]> {
  for (let i = 0; i < 500; i++) {
    const { stdout } = await agent.run(['cat', path]);
    const whole = stdout.split('\n').slice(0, -1);
    if (whole.length >= count) return whole;
    await passed(10);
  }
  throw new Error(`no ${count} lines in ${path} on ${agent.node}`);
}

/** Megabits a second of one TCP connection between two servers, one way, as the receiver sees them. */
export async function throughput(
  agent: Agent,
  from: string,
  to: { readonly namespace: string; readonly address: string },
  seconds = 1,
): Promise<number> {
  const port = '5201';
  const receiver = agent.run(['python3', '-c', source('pour'), 'receive', port], { namespace: to.namespace });
  const sender = agent.run(['python3', '-c', source('pour'), 'send', to.address, port, `${seconds}`], {
    namespace: from,
  });
  const [{ stdout }] = await Promise.all([receiver, sender]);
  const [bytes = 0, took = 0] = stdout.trim().split(' ').map(Number);
  return (bytes * 8) / took / 1e6;
}
