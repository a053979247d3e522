/** A connection that stands while what lets it pass changes. */
import { speakerOf } from '../../src/cloud/index.ts';
import { openTcp, serve } from '../../src/probe/index.ts';
import type { Stage } from '../../src/scenario/index.ts';

interface Held extends AsyncDisposable {
  /** Says something, and waits for the echo; all of it judged. Who expects none gives up after `timeout` seconds. */
  say(title: string, timeout?: number): Promise<string>;
}

/** Seconds that what passes may take, however busy the machine. */
const PATIENCE = 5;

/**
 * A TCP connection from a server to an address, at which another server or a host outside serves.
 *
 * Routers take up what they have forgotten in the middle, where a rule allows it: only who is behind another address
 * there gets another port by that, so that the far end knows nothing of him and says so (`reset`).
 */
export async function connected(
  { cloud, watch }: Stage,
  from: string,
  at: string,
  port: number,
  address = cloud.address(at),
): Promise<Held> {
  const guests = await cloud.guests();
  // Where the client's end is not let through, the server's must not go on until a later story.
  const far = await speakerOf(cloud, at);
  const server = await serve(far.agent, far.namespace, 'tcp', port, { abrupt: true });
  const { value: talk } = await watch(`${from} connects to ${at}`, () =>
    openTcp(guests, from, address, port, { timeout: PATIENCE }),
  );
  if (talk.outcome !== 'open') throw new Error(`${from} does not reach ${at}: ${talk.outcome}`);
  let unanswered: number | undefined;
  return {
    async say(title, timeout) {
      const now = performance.now();
      // What was lost is sent again after twice the time at each try (RFC 6298, 5.5): after as long as it is due now.
      const due = unanswered === undefined ? 0 : (now - unanswered) / 1000;
      const { outcome } = (await watch(title, () => talk.send({ timeout: timeout ?? due + PATIENCE }))).value;
      unanswered = outcome === 'echoed' ? undefined : (unanswered ?? now);
      return outcome;
    },
    async [Symbol.asyncDispose]() {
      await talk.reset();
      await server[Symbol.asyncDispose]();
    },
  };
}
