import type { Cloud } from '../../cloud/cloud.ts';
import type { Context } from '../context.ts';
import { connectCloud } from './clouds.ts';

/** Connects to a running cloud, does something with it and lets go of it; a signal does not wait for an answer. */
export async function withCloud<T>(
  context: Context,
  name: string | undefined,
  act: (cloud: Cloud) => Promise<T>,
): Promise<T> {
  await using cloud = await connectCloud(context, name);
  return await unlessAborted(context.signal, act(cloud));
}

/** The promise's value; rejects with the signal's reason as soon as it is aborted. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
