import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { formatError } from '../../errors/index.ts';
import type { Agent } from '../agent/connection.ts';
import { OvsdbClient } from './client.ts';

interface Call {
  readonly id: number;
  readonly method: string;
}

/** A database on the other end of an agent's channel, played by the test. */
function database() {
  const calls: Call[] = [];
  let receive: { data: (chunk: Buffer) => void; end?: () => void };
  const agent = {
    node: 'compute1',
    open: (_operation: string, _parameters: object, given: typeof receive) => {
      receive = given;
      const write = (data: Uint8Array): void =>
        void calls.push(JSON.parse(Buffer.from(data).toString()) as Call);
      return Promise.resolve({ value: undefined, channel: { id: 1, write, close: () => Promise.resolve() } });
    },
    run: () => Promise.resolve({ code: 0, stdout: 'last lines of the log\n', stderr: '' }),
  } as unknown as Agent;
  return {
    agent,
    calls,
    say: (...messages: object[]) =>
      receive.data(Buffer.from(messages.map((message) => JSON.stringify(message)).join(''))),
    end: () => receive.end?.(),
    /** The next call, answered by what is said in one piece of the stream. */
    answerNext: async (answers: (id: number) => object[]) => {
      await vi.waitUntil(() => calls.length > 0);
      const { id } = calls.shift() as Call;
      receive.data(
        Buffer.from(
          answers(id)
            .map((message) => JSON.stringify(message))
            .join(''),
        ),
      );
    },
  };
}

const config = (cur_cfg: number): object => ({ Open_vSwitch: { root: { new: { cur_cfg } } } });
const update = (tables: object): object => ({ id: null, method: 'update', params: [null, tables] });
const result = (id: number, value: unknown): object => ({ id, result: value, error: null });

const row = (name: string, ofport: unknown, error: unknown = ['set', []]): object => ({
  Interface: { [name]: { new: { name, ofport, error } } },
});

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const told = async (work: Promise<unknown>): Promise<string> =>
  formatError(await work.catch((reason: unknown) => reason));

test('an update in the same piece as the first answer is the newer of the two', async () => {
  const { agent, answerNext } = database();
  const connecting = OvsdbClient.connect(agent);
  await answerNext((id) => [result(id, config(0)), update(config(1))]);
  const client = await connecting;
  await expect(client.configured(1)).resolves.toBeUndefined();
});

test('keeps the rows that there are, and answers an echo', async () => {
  const { agent, answerNext, say, calls } = database();
  const connecting = OvsdbClient.connect(agent);
  await answerNext((id) => [
    result(id, { Bridge: { b1: { new: { name: 'br-int' } } }, Port: { p1: { new: { name: 'tap1' } } } }),
  ]);
  const client = await connecting;
  say(update({ Port: { p1: { old: { name: 'tap1' } }, p2: { new: { name: 'tap2' } } } }));
  expect([...client.rows.bridges]).toEqual([['br-int', 'b1']]);
  expect([...client.rows.ports]).toEqual([['tap2', 'p2']]);
  say({ id: 'echo', method: 'echo', params: [1] });
  expect(calls).toEqual([{ id: 'echo', result: [1], error: null }]);
});

async function connected() {
  const played = database();
  const connecting = OvsdbClient.connect(played.agent);
  await played.answerNext((id) => [result(id, config(0))]);
  return { ...played, client: await connecting };
}

test('a transaction ends when the switch has carried it out, not before', async () => {
  const { client, answerNext, say } = await connected();
  let done = false;
  const work = client.transact([{ op: 'comment' }]).then(() => (done = true));
  await answerNext((id) => [result(id, [{}, { rows: [{ next_cfg: 2 }] }]), update(config(1))]);
  await Promise.resolve();
  expect(done).toBe(false);
  say(update(config(2)));
  await work;
  await client.transact([]);
});

test('an interface that cannot be made is named, with what the switch says', async () => {
  const { client, answerNext } = await connected();
  const work = told(client.transact([{ op: 'comment' }]));
  await answerNext((id) => [
    result(id, [{ rows: [{ next_cfg: 1 }] }]),
    update({ ...row('tap1', -1, 'could not open network device tap1 (No such device)'), ...config(1) }),
  ]);
  expect(await work).toBe(`\
ND_OVS_PORT: compute1: Open vSwitch could not make tap1
  on node compute1
  command: OVSDB transact
  stderr:
    tap1: could not open network device tap1 (No such device)
  try: netdojo exec compute1 -- ovs-vsctl show`);
});

test('what the database refuses is said in its words', async () => {
  const { client, answerNext } = await connected();
  const work = told(client.transact([{ op: 'insert' }]));
  await answerNext((id) => [
    result(id, [null, { error: 'constraint violation', details: 'name "br-int" twice' }]),
  ]);
  expect(await work).toBe(`\
ND_OVSDB: compute1: the database refused a transaction
  on node compute1
  command: OVSDB transact
  stderr:
    constraint violation: name "br-int" twice
  try: netdojo exec compute1 -- ovs-vsctl show`);
});

test('no answer, and a switch that does not get on, end with their deadlines', async () => {
  const { client, ...played } = await connected();
  const silent = told(client.transact([{ op: 'comment' }]));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await silent).toContain('ND_OVSDB: compute1: no answer to transact within 20 s');

  const stuck = told(client.transact([{ op: 'comment' }]));
  played.calls.shift();
  await played.answerNext((id) => [result(id, [{ rows: [{ next_cfg: 3 }] }])]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await stuck).toBe(`\
ND_OVSDB: compute1: waited 20 s for ovs-vswitchd to carry out configuration 3; it is at 0
  on node compute1
  command: OVSDB transact
  stderr:
    last lines of the log
  try: netdojo exec compute1 -- ovs-vsctl show`);
});

test('the end of the connection ends what is under way and what comes later', async () => {
  const played = database();
  const onEnd = vi.fn<() => void>();
  const connecting = OvsdbClient.connect(played.agent, onEnd);
  await played.answerNext((id) => [result(id, config(0))]);
  const client = await connecting;
  const under = told(client.transact([{ op: 'comment' }]));
  const waiting = told(client.configured(5));
  played.end();
  expect(await under).toContain('ND_OVSDB: compute1: the connection to the database ended');
  expect(await waiting).toContain('the connection to the database ended');
  expect(await told(client.transact([{ op: 'comment' }]))).toContain('the connection to the database ended');
  expect(onEnd).toHaveBeenCalledTimes(1);
});
