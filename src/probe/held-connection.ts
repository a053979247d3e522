/** TCP connections that stay open: for balancers that count them, and for firewalls that end them. */
import { randomBytes } from 'node:crypto';
import type { Agent } from '../engine/index.ts';
import { taughtAgent } from './applications.ts';
import { authority, exchange, type HttpMessage, type HttpOutcome } from './http.ts';

export type SegmentOutcome =
  | { readonly outcome: 'echoed' | 'reset' | 'closed' | 'corrupted' }
  /** `missing`: bytes that were sent, now or before, and have not come back. */
  | { readonly outcome: 'no-answer'; readonly missing: number }
  | { readonly outcome: 'error'; readonly errno: string };

/** An open connection; disposing closes it with a FIN. */
export interface HeldConnection extends AsyncDisposable {
  readonly outcome: 'open';
  readonly source: string;
  readonly source_port: number;
  /** Sends to an echo server and waits until all that was ever sent is back. Default: 16 random bytes, 2 seconds. */
  send(options?: { readonly payload?: Uint8Array; readonly timeout?: number }): Promise<SegmentOutcome>;
  /** One request on this connection. */
  http(message?: HttpMessage): Promise<HttpOutcome>;
  close(): Promise<void>;
  /** Ends it with a RST. */
  reset(): Promise<void>;
}

export type OpenOutcome =
  | HeldConnection
  | { readonly outcome: 'no-connection' | 'refused' }
  | { readonly outcome: 'error'; readonly errno: string };

export interface OpenOptions {
  readonly source?: string;
  readonly source_port?: number;
  /** Seconds. */
  readonly timeout?: number;
}

type Answer =
  | { outcome: 'open'; connection: number; source: string; source_port: number }
  | Exclude<OpenOutcome, HeldConnection>;

/** Opens a connection from a guest, and keeps it. */
export async function openTcp(
  guests: Agent,
  server: string,
  destination: string,
  port: number,
  options: OpenOptions = {},
): Promise<OpenOutcome> {
  const agent = await taughtAgent(guests);
  const answer = await agent.request<Answer>('tcp-open', {
    namespace: server,
    destination,
    port,
    ...options,
  });
  if (answer.outcome !== 'open') return answer;
  const { connection, ...ends } = answer;
  const close = async (reset: boolean): Promise<void> => {
    await agent.request('tcp-close', { connection, reset });
  };
  return {
    ...ends,
    send: ({ payload = randomBytes(16), ...rest } = {}) =>
      agent.request('tcp-send', { connection, payload: Buffer.from(payload).toString('hex'), ...rest }),
    http: (message = {}) => exchange(agent, { connection }, authority(destination, port), message),
    close: () => close(false),
    reset: () => close(true),
    [Symbol.asyncDispose]: () => close(false),
  };
}
