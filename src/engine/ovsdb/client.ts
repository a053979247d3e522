import { EXIT, NetdojoError } from '../../errors/index.ts';
import type { Agent, Channel } from '../agent/connection.ts';
import { jsonTexts } from './json-texts.ts';
import type { Operation, Rows } from './operations.ts';

interface Message {
  readonly id: unknown;
  readonly method?: string;
  readonly params?: readonly unknown[];
  readonly result?: unknown;
  readonly error?: unknown;
}

interface InterfaceRow {
  readonly name: string;
  readonly ofport?: number;
  readonly error?: string;
}

type TableUpdate = Readonly<
  Record<string, { readonly new?: Readonly<Record<string, unknown>>; readonly old?: unknown }>
>;

/** How long the switch may take for one configuration. */
const CONFIGURE_MS = 20_000;

/** How long the database may take for one answer. */
const ANSWER_MS = 20_000;

interface Call {
  /** Is called before the message after the answer is looked at. */
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: NodeJS.Timeout;
}

/** The database's optional values: an empty set stands for none. */
const present = (value: unknown): unknown => (Array.isArray(value) ? undefined : value);

/**
 * A node's Open_vSwitch database, spoken to as JSON-RPC (RFC 7047) through the node's own socket. Keeps the rows'
 * UUIDs and what the switch says of each interface, by a monitor.
 */
export class OvsdbClient implements AsyncDisposable {
  readonly #agent: Agent;
  #channel!: Channel;
  readonly #calls = new Map<number, Call>();
  #nextCall = 1;
  #configured = 0;
  #ended = false;
  #watchers: (() => void)[] = [];
  readonly #interfaces = new Map<string, InterfaceRow>();
  readonly #bridges = new Map<string, string>();
  readonly #ports = new Map<string, string>();

  private constructor(agent: Agent) {
    this.#agent = agent;
  }

  /**
   * `onEnd` is called when the connection is over: the database went away, or the node.
   *
   * @throws NetdojoError ND_NODE_COMMAND where no database listens
   */
  static async connect(agent: Agent, onEnd: () => void = () => undefined): Promise<OvsdbClient> {
    const client = new OvsdbClient(agent);
    const cut = jsonTexts();
    const { channel } = await agent.open(
      'connect',
      { path: '/run/openvswitch/db.sock' },
      {
        data: (chunk) => {
          for (const text of cut(chunk)) client.#receive(JSON.parse(text) as Message);
        },
        end: () => {
          client.#end();
          onEnd();
        },
      },
    );
    client.#channel = channel;
    await client.#monitor();
    return client;
  }

  /** Rows that exist now. */
  get rows(): Rows {
    return { bridges: this.#bridges, ports: this.#ports };
  }

  async #monitor(): Promise<void> {
    const parameters = [
      'Open_vSwitch',
      null,
      {
        Open_vSwitch: { columns: ['cur_cfg'] },
        Bridge: { columns: ['name'] },
        Port: { columns: ['name'] },
        Interface: { columns: ['name', 'ofport', 'error'] },
      },
    ];
    // At once, not when the promise comes round: an update in the same piece of the stream is newer than the answer.
    await this.#call('monitor', parameters, (first) => this.#update(first as Record<string, TableUpdate>));
  }

  #end(): void {
    this.#ended = true;
    const error = this.#error('the connection to the database ended');
    for (const call of this.#calls.values()) {
      clearTimeout(call.deadline);
      call.reject(error);
    }
    this.#calls.clear();
    this.#wakeAll();
  }

  #error(message: string, stderr?: string): NetdojoError {
    return new NetdojoError(`${this.#agent.node}: ${message}`, {
      code: 'ND_OVSDB',
      place: { node: this.#agent.node, command: 'OVSDB transact', ...(stderr ? { stderr } : {}) },
      hint: `netdojo exec ${this.#agent.node} -- ovs-vsctl show`,
      exitCode: EXIT.environment,
    });
  }

  #receive(message: Message): void {
    if (message.method === 'echo')
      return this.#write({ id: message.id, result: message.params, error: null });
    if (message.method === 'update') return this.#update(message.params?.[1] as Record<string, TableUpdate>);
    const call = this.#calls.get(message.id as number);
    if (!call) return;
    this.#calls.delete(message.id as number);
    clearTimeout(call.deadline);
    if (message.error)
      call.reject(this.#error('the database refused a request', JSON.stringify(message.error)));
    else call.resolve(message.result);
  }

  #write(message: object): void {
    this.#channel.write(Buffer.from(JSON.stringify(message)));
  }

  #call(method: string, params: readonly unknown[], atOnce?: (result: unknown) => void): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#error('the connection to the database ended'));
    const id = this.#nextCall++;
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#calls.delete(id);
        reject(this.#error(`no answer to ${method} within ${ANSWER_MS / 1000} s`));
      }, ANSWER_MS);
      this.#calls.set(id, {
        resolve: (result) => {
          atOnce?.(result);
          resolve(result);
        },
        reject,
        deadline,
      });
      this.#write({ id, method, params });
    });
  }

  #update(tables: Readonly<Record<string, TableUpdate>>): void {
    for (const [table, index] of [
      ['Bridge', this.#bridges],
      ['Port', this.#ports],
    ] as const) {
      for (const [uuid, row] of Object.entries(tables[table] ?? {})) {
        if (row.new) index.set(row.new['name'] as string, uuid);
        else for (const [name, known] of index) if (known === uuid) index.delete(name);
      }
    }
    for (const [uuid, { new: row }] of Object.entries(tables['Interface'] ?? {})) {
      if (!row) {
        this.#interfaces.delete(uuid);
        continue;
      }
      const ofport = present(row['ofport']) as number | undefined;
      const error = present(row['error']) as string | undefined;
      this.#interfaces.set(uuid, {
        name: row['name'] as string,
        ...(ofport === undefined ? {} : { ofport }),
        ...(error === undefined ? {} : { error }),
      });
    }
    for (const row of Object.values(tables['Open_vSwitch'] ?? {})) {
      if (row.new) this.#configured = Number(row.new['cur_cfg']);
    }
    this.#wakeAll();
  }

  #wakeAll(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const wake of watchers) wake();
  }

  /**
   * One transaction, and the wait until the switch has carried it out.
   *
   * @throws NetdojoError ND_OVSDB for what the database refuses, ND_OVS_PORT for an interface that the switch could
   *   not make
   */
  async transact(operations: readonly Operation[]): Promise<void> {
    if (operations.length === 0) return;
    const results = (await this.#call('transact', ['Open_vSwitch', ...operations])) as ({
      error?: string;
      details?: string;
      rows?: { next_cfg: number }[];
    } | null)[];
    const refused = results.find((result) => result?.error);
    if (refused)
      throw this.#error('the database refused a transaction', `${refused.error}: ${refused.details ?? ''}`);
    await this.configured(results.at(-1)?.rows?.[0]?.next_cfg ?? 0);
  }

  /** Until the switch has carried out the configuration of that number. */
  async configured(sequence: number): Promise<void> {
    const deadline = performance.now() + CONFIGURE_MS;
    while (this.#configured < sequence) {
      if (this.#ended) throw this.#error('the connection to the database ended');
      if (performance.now() >= deadline) throw await this.#notConfigured(sequence);
      await this.#change(deadline - performance.now());
    }
    const failed = [...this.#interfaces.values()].filter(
      (row) => row.error !== undefined || row.ofport === -1,
    );
    if (failed.length === 0) return;
    throw new NetdojoError(
      `${this.#agent.node}: Open vSwitch could not make ${failed.map((row) => row.name).join(', ')}`,
      {
        code: 'ND_OVS_PORT',
        place: {
          node: this.#agent.node,
          command: 'OVSDB transact',
          stderr: failed.map((row) => `${row.name}: ${row.error ?? 'no OpenFlow port number'}`).join('\n'),
        },
        hint: `netdojo exec ${this.#agent.node} -- ovs-vsctl show`,
        exitCode: EXIT.environment,
      },
    );
  }

  /** Until the monitor tells something new, or so many milliseconds have passed. */
  #change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#watchers.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async #notConfigured(sequence: number): Promise<NetdojoError> {
    const { stdout } = await this.#agent.run(['tail', '-n', '5', '/run/openvswitch/vswitchd.log'], {
      check: false,
    });
    return this.#error(
      `waited ${CONFIGURE_MS / 1000} s for ovs-vswitchd to carry out configuration ${sequence}; it is at ${this.#configured}`,
      stdout,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel.close();
  }
}
