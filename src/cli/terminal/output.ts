/** Standard output: the command's answer and nothing else. */

export interface Output {
  /** A text with a newline behind it. */
  print(text: string): void;
  /** Bytes as they are. */
  write(bytes: Uint8Array): void;
  /** Aborted when nobody reads any more (`| head`): what would go on for ever ends then. */
  readonly closed: AbortSignal;
  /** Until all has left this process. */
  flush(): Promise<void>;
}

export function outputTo(stream: NodeJS.WriteStream): Output {
  const closing = new AbortController();
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closing.abort();
  });
  const write = (data: string | Uint8Array): void => {
    if (!closing.signal.aborted) stream.write(data);
  };
  return {
    print: (text) => write(`${text}\n`),
    write,
    closed: closing.signal,
    flush: () =>
      new Promise((resolve) => {
        if (closing.signal.aborted || stream.destroyed) return resolve();
        closing.signal.addEventListener('abort', () => resolve(), { once: true });
        stream.write('', () => resolve());
      }),
  };
}
