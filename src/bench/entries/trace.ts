/** When each request to the engine and to the nodes' agents began and how long it took: for finding out where time goes. */
import type Dockerode from 'dockerode';
import { Agent } from '../../engine/index.ts';

interface Span {
  readonly from: number;
  readonly ms: number;
  readonly what: string;
}

interface Dial {
  (options: { method: string; path: string }, callback: (error: unknown, value: unknown) => void): void;
}

/** From now on, requests are noted. */
export function startTrace(docker: Dockerode): { text(): string } {
  const spans: Span[] = [];
  const note = (what: string, from: number): void =>
    void spans.push({ from, ms: performance.now() - from, what });

  const modem = docker.modem as { dial: Dial };
  const dial = modem.dial.bind(modem);
  modem.dial = (options, callback) => {
    const from = performance.now();
    dial(options, (error, value) => {
      note(
        `engine ${options.method} ${options.path.replace(/[0-9a-f]{64}/, (id) => id.slice(0, 6)).slice(0, 60)}`,
        from,
      );
      callback(error, value);
    });
  };

  // oxlint-disable-next-line typescript/unbound-method -- called with the agent below
  const { request } = Agent.prototype;
  Agent.prototype.request = async function traced<T>(operation: string, parameters?: object): Promise<T> {
    const from = performance.now();
    try {
      return (await request.call(this, operation, parameters)) as T;
    } finally {
      note(`${this.node} ${operation} ${(JSON.stringify(parameters) ?? '').slice(0, 70)}`, from);
    }
  };

  return {
    text: () =>
      spans
        .toSorted((a, b) => a.from - b.from)
        .map(({ from, ms, what }) => `${from.toFixed(0).padStart(6)} +${ms.toFixed(1).padStart(7)}  ${what}`)
        .join('\n'),
  };
}
