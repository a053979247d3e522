import { randomBytes } from 'node:crypto';
import { sendUdp } from '../../cloud/send.ts';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import type { UdpOutcome } from '../../probe/index.ts';
import type { Context, Result } from '../context.ts';
import { type ExchangeInput, exchanges } from './exchange.ts';
import { failureText } from './ping.ts';

export interface SendInput extends ExchangeInput {
  /** Destination port. */
  readonly udp: number;
}

export function send(context: Context, input: SendInput): Promise<Result> {
  const { from, to, udp, size, df, ttl } = input;
  if (df) {
    throw new NetdojoError('send cannot set "do not fragment"', {
      code: 'ND_USAGE',
      hint: `netdojo ping ${from} ${to} --df`,
      exitCode: EXIT.usage,
    });
  }
  return exchanges(context, input, {
    command: 'send',
    send: (cloud) =>
      sendUdp(cloud, {
        from,
        to,
        port: udp,
        // Random, so that no other packet is like it.
        ...(size !== undefined && { payload: randomBytes(size) }),
        ...(ttl !== undefined && { ttl }),
      }),
    outcomeText: udpText,
  });
}

export function udpText(outcome: UdpOutcome): string {
  if (outcome.outcome === 'reply') return `reply from ${outcome.from}, ${outcome.payload.length / 2} bytes`;
  if ('errno' in outcome) return failureText(outcome);
  return outcome.outcome === 'no-reply' ? 'no reply' : `sent from port ${outcome.source_port}`;
}
