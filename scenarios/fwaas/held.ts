/** A connection that stands while firewalls change. */
import { openTcp, serve } from '../../src/probe/index.ts';
import type { Stage } from '../../src/scenario/index.ts';

interface Held extends AsyncDisposable {
  /** Says something, and waits for the echo; all of it judged. */
  say(title: string, timeout?: number): Promise<string>;
}

/** A TCP connection from a server to an address, at which another server serves. */
export async function connected(
  { cloud, watch }: Stage,
  from: string,
  at: string,
  port: number,
  address = cloud.address(at),
): Promise<Held> {
  const guests = await cloud.guests();
  const server = await serve(guests, at, 'tcp', port);
  const { value: talk } = await watch(`${from} connects to ${at}`, () =>
    openTcp(guests, from, address, port, { timeout: 1 }),
  );
  if (talk.outcome !== 'open') throw new Error(`${from} does not reach ${at}: ${talk.outcome}`);
  return {
    say: async (title, timeout = 1) => (await watch(title, () => talk.send({ timeout }))).value.outcome,
    async [Symbol.asyncDispose]() {
      await talk.reset();
      await server[Symbol.asyncDispose]();
    },
  };
}
