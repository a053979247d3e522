import { type Duplex, finished } from 'node:stream';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { encodeFrame, frameKinds, frameParser, outputParser } from './frames.ts';

/** What a request may be answered with when it fails; the agent's own words. */
interface AgentFailure {
  readonly error: string;
  readonly errno?: string;
  readonly argv?: readonly string[];
  readonly code?: number;
  readonly stderr?: string;
  readonly step?: number;
  readonly operation?: string;
}

interface Pending {
  readonly operation: string;
  readonly deadline: NodeJS.Timeout;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Bytes of one thing (a capture, a relayed socket, a server in a guest) on the node's stream. */
export interface Channel {
  readonly id: number;
  write(data: Uint8Array): void;
  /** Ends it on the node's side too. */
  close(): Promise<void>;
}

/** A channel, and what the operation that opened it answered. */
export interface Opened<T> {
  readonly channel: Channel;
  readonly value: T;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A node's agent, reached through one stream. Requests go out at once and are answered in any order.
 *
 * Every request rejects with ND_NODE_COMMAND (the node, the command, its exit code and stderr) when the node could
 * not carry it out, and with ND_NODE_LOST when the stream ended.
 */
export class Agent implements AsyncDisposable {
  readonly node: string;
  readonly #stream: Duplex;
  readonly #pending = new Map<number, Pending>();
  readonly #channels = new Map<number, { data: (chunk: Buffer) => void; end: () => void }>();
  readonly #closed: Promise<void>;
  #next = 1;
  #lost: NetdojoError | undefined;
  #complaints = '';

  constructor(node: string, stream: Duplex) {
    this.node = node;
    this.#stream = stream;
    const outputs = outputParser();
    const frames = frameParser();
    stream.on('data', (chunk: Buffer) => {
      for (const output of outputs(chunk)) {
        if (output.stream === 'stderr')
          this.#complaints = (this.#complaints + output.data.toString()).slice(-4096);
        else for (const frame of frames(output.data)) this.#receive(frame.id, frame.kind, frame.payload);
      }
    });
    this.#closed = new Promise((resolve) => {
      // When nothing comes any more it is over, whether or not the other side still listens.
      finished(stream, { writable: false }, (error) => {
        this.#lose(error ?? undefined);
        resolve();
      });
    });
  }

  #receive(id: number, kind: number, payload: Buffer): void {
    if (kind === frameKinds.data) return this.#channels.get(id)?.data(payload);
    if (kind === frameKinds.end) return this.#channels.get(id)?.end();
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    clearTimeout(pending.deadline);
    const answer = JSON.parse(payload.toString()) as
      | { ok: true; value: unknown }
      | ({ ok: false } & AgentFailure);
    if (answer.ok) pending.resolve(answer.value);
    else pending.reject(this.#failure(pending.operation, answer));
  }

  #failure(operation: string, failure: AgentFailure): NetdojoError {
    const command = failure.argv?.join(' ') ?? failure.operation ?? operation;
    const brief = command.length > 160 ? `${command.slice(0, 157)}...` : command;
    const full = failure.errno === 'ENOSPC';
    return new NetdojoError(`${this.node}: ${brief}: ${failure.error}`, {
      code: full ? 'ND_DISK_FULL' : 'ND_NODE_COMMAND',
      place: {
        node: this.node,
        command,
        ...(failure.code === undefined ? {} : { exitCode: failure.code }),
        ...(failure.stderr ? { stderr: failure.stderr } : {}),
      },
      hint: full
        ? `netdojo exec ${this.node} -- df -h`
        : `netdojo shell ${this.node}, and try the command there`,
      exitCode: EXIT.environment,
    });
  }

  #lose(cause?: Error): void {
    this.#lost ??= new NetdojoError(`the stream to node ${this.node} ended`, {
      code: 'ND_NODE_LOST',
      place: { node: this.node, ...(this.#complaints ? { stderr: this.#complaints } : {}) },
      expected: 'a container that runs until the cloud is taken down',
      hint: 'netdojo doctor; was the container or the engine stopped from outside?',
      exitCode: EXIT.environment,
      ...(cause ? { cause } : {}),
    });
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.deadline);
      pending.reject(this.#lost);
    }
    this.#pending.clear();
    for (const channel of this.#channels.values()) channel.end();
    this.#channels.clear();
  }

  #send(operation: string, parameters: object, id: number): Promise<unknown> {
    if (this.#lost) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      // Operations end by their own deadline; this one is for an agent that has stopped answering at all.
      const own = 'timeout' in parameters ? Number(parameters.timeout) : 30;
      const seconds = own + 15;
      const deadline = setTimeout(() => {
        this.#pending.delete(id);
        reject(this.#silent(operation, seconds));
      }, seconds * 1000);
      deadline.unref();
      this.#pending.set(id, { operation, deadline, resolve, reject });
      const request = Buffer.from(JSON.stringify([operation, parameters]));
      this.#stream.write(encodeFrame(id, frameKinds.request, request));
    });
  }

  #silent(operation: string, seconds: number): NetdojoError {
    return new NetdojoError(`${this.node}: no answer to ${operation} within ${seconds} s`, {
      code: 'ND_NODE_SILENT',
      place: {
        node: this.node,
        command: operation,
        ...(this.#complaints ? { stderr: this.#complaints } : {}),
      },
      hint: 'is the machine out of memory or the container paused? netdojo doctor',
      exitCode: EXIT.environment,
    });
  }

  /** One request; its value is what the operation in agent.py returns. */
  request<T>(operation: string, parameters: object = {}): Promise<T> {
    return this.#send(operation, parameters, this.#next++) as Promise<T>;
  }

  /** A command to its end; a non-zero exit code rejects unless `check` is false. */
  run(
    argv: readonly string[],
    options: { namespace?: string; stdin?: string; timeout?: number; check?: boolean } = {},
  ): Promise<RunResult> {
    return this.request('run', { argv, ...options });
  }

  /** An operation that goes on sending: `data` gets its bytes, `end` is called once when it is over. */
  async open<T>(
    operation: string,
    parameters: object,
    receive: { data: (chunk: Buffer) => void; end?: () => void },
  ): Promise<Opened<T>> {
    const id = this.#next++;
    let over = false;
    this.#channels.set(id, {
      data: receive.data,
      end: () => {
        if (over) return;
        over = true;
        receive.end?.();
      },
    });
    try {
      const value = (await this.#send(operation, { channel: id, ...parameters }, id)) as T;
      return {
        value,
        channel: {
          id,
          write: (data) => void this.#stream.write(encodeFrame(id, frameKinds.data, data)),
          close: async () => {
            this.#channels.delete(id);
            if (!this.#lost) await this.request('close', { channel: id });
          },
        },
      };
    } catch (error) {
      this.#channels.delete(id);
      throw error;
    }
  }

  /** Ends the stream; the node itself goes on (an agent that came by exec ends with it). */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.end();
    this.#stream.destroy();
    await this.#closed;
  }
}
