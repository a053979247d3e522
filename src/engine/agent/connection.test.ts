import { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { formatError } from '../../errors/index.ts';
import { Agent } from './connection.ts';
import { encodeFrame, type Frame, frameKinds, frameParser } from './frames.ts';

/** A stream whose other end is this test. */
class Line extends Duplex {
  readonly sent: Frame[] = [];
  readonly #parse = frameParser();

  override _read(): void {
    // what there is to read is pushed
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.sent.push(...this.#parse(chunk));
    done();
  }

  say(data: Buffer, stream = 1): void {
    const head = Buffer.alloc(8);
    head[0] = stream;
    head.writeUInt32BE(data.length, 4);
    this.push(Buffer.concat([head, data]));
  }

  answer(id: number, value: object): void {
    this.say(encodeFrame(id, frameKinds.response, Buffer.from(JSON.stringify(value))));
  }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const told = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.catch((reason: unknown) => reason);
  return formatError(error);
};

test('answers find their requests in any order', async () => {
  const line = new Line();
  const agent = new Agent('compute1', line);
  const asked = [agent.request('one'), agent.request('two', { a: 1 })];
  expect(line.sent.map((frame) => frame.payload.toString())).toEqual(['["one",{}]', '["two",{"a":1}]']);
  line.answer(2, { ok: true, value: 'second' });
  line.answer(1, { ok: true, value: 'first' });
  line.answer(9, { ok: true, value: 'of nobody' });
  expect(await Promise.all(asked)).toEqual(['first', 'second']);
});

test('no answer in time is an error, and the answer that comes late is nobody’s', async () => {
  const line = new Line();
  const agent = new Agent('compute1', line);
  const asked = told(agent.request('ping', { timeout: 2 }));
  line.say(Buffer.from('Traceback: out of memory\n'), 2);
  await new Promise((resolve) => setImmediate(resolve));
  vi.advanceTimersByTime(17_000);
  expect(await asked).toBe(`\
ND_NODE_SILENT: compute1: no answer to ping within 17 s
  on node compute1
  command: ping
  stderr:
    Traceback: out of memory
  try: is the machine out of memory or the container paused? netdojo doctor`);
  line.answer(1, { ok: true, value: 1 });
});

test('the end of the stream ends what is under way, what comes later and every channel', async () => {
  const line = new Line();
  const agent = new Agent('compute1', line);
  const chunks: string[] = [];
  const end = vi.fn<() => void>();
  const opened = agent.open('capture', {}, { data: (chunk) => chunks.push(chunk.toString()), end });
  line.say(encodeFrame(1, frameKinds.data, Buffer.from('early')));
  line.answer(1, { ok: true, value: 7 });
  const { channel, value } = await opened;
  expect(value).toBe(7);
  const asked = told(agent.run(['true']));
  line.say(Buffer.from('killed\n'), 2);
  line.push(null);
  const text = `\
ND_NODE_LOST: the stream to node compute1 ended
  on node compute1
  stderr:
    killed
  expected: a container that runs until the cloud is taken down
  try: netdojo doctor; was the container or the engine stopped from outside?`;
  expect(await asked).toBe(text);
  expect(await told(agent.request('hello'))).toBe(text);
  expect(chunks).toEqual(['early']);
  expect(end).toHaveBeenCalledTimes(1);
  await channel.close();
  await agent[Symbol.asyncDispose]();
});

test('a refusal says what the agent said', async () => {
  const line = new Line();
  const agent = new Agent('compute1', line);
  const asked = told(agent.request('batch'));
  line.answer(1, { ok: false, error: 'exit code 2', argv: ['ip', 'link'], code: 2, stderr: 'no\n' });
  expect(await asked).toBe(`\
ND_NODE_COMMAND: compute1: ip link: exit code 2
  on node compute1
  command: ip link
  exit code: 2
  stderr:
    no
  try: netdojo shell compute1, and try the command there`);
});
