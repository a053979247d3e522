import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export type Lock = AsyncDisposable;

/**
 * Holds a name among all processes of the machine, until disposed or until the process is gone. It is an abstract
 * socket, which the kernel takes back by itself: no stale lock file, no process id that means another process by now.
 * Elsewhere than on Linux there are no abstract sockets, and what is guarded here runs on Linux or may run twice.
 *
 * @throws the signal's reason when aborted while waiting
 */
export async function lock(name: string, signal?: AbortSignal): Promise<Lock> {
  if (process.platform !== 'linux') return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const address = `\0netdojo/${name}`;
  for (;;) {
    signal?.throwIfAborted();
    const server = createServer();
    server.unref();
    server.listen(address);
    try {
      await once(server, 'listening');
      // Whoever waits keeps a connection open, which must not keep this process from closing the server.
      const waiting = new Set<import('node:net').Socket>();
      server.on('connection', (socket) => {
        socket.unref();
        waiting.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => waiting.delete(socket));
      });
      return {
        async [Symbol.asyncDispose]() {
          const closed = once(server, 'close');
          server.close();
          for (const socket of waiting) socket.destroy();
          await closed;
        },
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      await holderGone(address, signal);
    }
  }
}

async function holderGone(address: string, signal?: AbortSignal): Promise<void> {
  const socket = connect(address);
  const abort = () => socket.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  socket.on('error', () => socket.destroy()); // it went between the two calls: the next attempt may succeed
  socket.resume();
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  signal?.removeEventListener('abort', abort);
}
