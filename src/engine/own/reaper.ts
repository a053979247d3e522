// Runs on its own after the process that it guarded has died: node reaper.ts <engine address> <run>
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../errors/index.ts';
import { clientFor } from '../find/client.ts';
import { listOwned, removeContainers } from './remove.ts';

/** An engine goes on with a creation whose client has died; none takes longer to show in the list. */
const SETTLE_MS = 1500;
const EVERY_MS = 250;
/** How long an engine that does not answer is waited for; tests in which none will ever answer say less. */
const DEADLINE_MS = Number(process.env['NETDOJO_WATCHDOG_MS'] ?? 60_000);

async function reap(address: string, run: string): Promise<void> {
  const docker = clientFor(address);
  const started = performance.now();
  let empty = 0;
  while (performance.now() - started < DEADLINE_MS) {
    try {
      const owned = await listOwned(docker, run);
      empty = owned.length === 0 ? empty + 1 : 0;
      await removeContainers(
        docker,
        owned.map(({ id }) => id),
      );
      if (owned.length > 0) continue;
    } catch (error) {
      // The engine may be restarting; what stays after the deadline is swept by the next start.
      empty = 0;
      process.stderr.write(`${messageOf(error)}\n`);
    }
    if (empty >= 2 && performance.now() - started > SETTLE_MS) return;
    await pause(EVERY_MS);
  }
}

for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM', 'SIGQUIT']) process.on(signal, () => undefined);
const [address = '', run = ''] = process.argv.slice(2);
if (address !== '' && run !== '') await reap(address, run);
