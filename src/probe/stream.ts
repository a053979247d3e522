/** Packets at a steady pace while something happens to the cloud, such as the move of a server. */
import type { Agent } from '../engine/index.ts';
import { taughtAgent } from './applications.ts';
import { Listeners } from './listeners.ts';
import { type Arrival, type StreamResult, streamResult, type Timeline } from './stream-result.ts';

export interface StreamOptions {
  /** icmp: the destination's kernel answers. udp: an echo server on `port` does (`serve`). Default: icmp. */
  readonly protocol?: 'icmp' | 'udp';
  readonly port?: number;
  /** Seconds from one packet to the next. Default: 0.01. */
  readonly interval?: number;
  readonly source?: string;
  /** Bytes of payload, 12 at least. Default: 32. */
  readonly size?: number;
}

export interface Stream extends AsyncDisposable {
  /** Answers so far, in the order in which they came. */
  readonly arrivals: readonly Arrival[];
  /** Resolves when so many more answers have come. @throws NetdojoError ND_TIMEOUT after `timeout` seconds (default 10) */
  answered(count: number, timeout?: number): Promise<void>;
  /** Sends no more; waits for answers under way, `timeout` seconds at most (default 1). */
  stop(timeout?: number): Promise<StreamResult>;
}

/** As the agent's `stream-stop` answers. */
interface Stopped extends Pick<Timeline, 'began' | 'sent' | 'others' | 'processors'> {
  readonly failed: readonly (readonly [number: number, errno: string])[];
}

/** Numbered packets from a guest, until told to stop. */
export async function stream(
  guests: Agent,
  server: string,
  destination: string,
  { protocol = 'icmp', interval = 0.01, ...rest }: StreamOptions = {},
): Promise<Stream> {
  const agent = await taughtAgent(guests);
  const arrivals: Arrival[] = [];
  const listeners = new Listeners<number>();
  const { channel } = await agent.open(
    'stream',
    { namespace: server, destination, protocol, interval, ...rest },
    {
      data: (chunk) => {
        arrivals.push({ number: chunk.readUInt32BE(0), us: Number(chunk.readBigUInt64BE(4)) });
        listeners.tell(arrivals.length);
      },
    },
  );
  let stopped: Promise<StreamResult> | undefined;
  const stop = async (timeout: number): Promise<StreamResult> => {
    const { failed, ...clock } = await agent.request<Stopped>('stream-stop', {
      channel: channel.id,
      timeout,
    });
    await channel.close();
    const refused = failed.map(([number, errno]) => ({ number, errno }));
    return streamResult({ ...clock, pace: interval * 1e6 }, refused, arrivals);
  };
  const stopOnce = (timeout = 1): Promise<StreamResult> => {
    stopped ??= stop(timeout);
    return stopped;
  };
  return {
    arrivals,
    answered: async (count, timeout = 10) => {
      const wanted = arrivals.length + count;
      await listeners.next(
        (all) => all >= wanted,
        timeout,
        `${count} answers from ${destination} to ${server}`,
      );
    },
    stop: stopOnce,
    [Symbol.asyncDispose]: async () => {
      await stopOnce(0);
    },
  };
}
