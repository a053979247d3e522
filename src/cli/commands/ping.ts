import { sendPing } from '../../cloud/send.ts';
import type { PingOutcome } from '../../probe/index.ts';
import type { Context, Result } from '../context.ts';
import { type ExchangeInput, exchanges } from './exchange.ts';

export function ping(context: Context, input: ExchangeInput): Promise<Result> {
  const { from, to, size, df, ttl } = input;
  return exchanges(context, input, {
    command: 'ping',
    send: (cloud) =>
      sendPing(cloud, {
        from,
        to,
        ...(size !== undefined && { size }),
        ...(df !== undefined && { df }),
        ...(ttl !== undefined && { ttl }),
      }),
    outcomeText: pingText,
  });
}

export function pingText(outcome: PingOutcome): string {
  if (outcome.outcome === 'reply') {
    return `reply from ${outcome.from}, ttl ${outcome.ttl}, ${(outcome.us / 1000).toFixed(1)} ms`;
  }
  if (outcome.outcome === 'no-reply') return 'no reply';
  if (outcome.outcome === 'icmp-error') {
    const mtu = outcome.mtu > 0 ? `, mtu ${outcome.mtu}` : '';
    return `ICMP error from ${outcome.from}, type ${outcome.type}, code ${outcome.code}${mtu}`;
  }
  return failureText(outcome);
}

/** What the sender's own kernel said. */
export function failureText({ outcome, errno }: { outcome: 'not-sent' | 'error'; errno: string }): string {
  return outcome === 'not-sent' ? `not sent: ${errno}` : `an error came back: ${errno}`;
}
