/** What is going on, on stderr: one line that changes on a terminal, plain lines elsewhere. */
import type { Paint } from './paint.ts';

export interface Progress {
  /** Says what happens now. */
  step(text: string): void;
  /** A line that stays. */
  note(text: string): void;
  /** Takes the changing line away, so that something else can be written. */
  clear(): void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  readonly tty: boolean;
  readonly paint: Paint;
  readonly width?: number;
  readonly now?: () => number;
}

/** Often enough to be seen to move, seldom enough to cost nothing. */
const EVERY_MS = 100;
/** A step that is over sooner than this is not worth a clock. */
const CLOCK_MS = 500;
const ERASE = '\r\u001b[2K';

export function startProgress(options: ProgressOptions): Progress {
  return options.tty ? changingLine(options) : plainLines(options);
}

function plainLines({ write }: ProgressOptions): Progress {
  const line = (text: string): void => write(`${text}\n`);
  return { step: line, note: line, clear: () => undefined };
}

function changingLine({
  write,
  paint,
  width = 80,
  now = () => performance.now(),
}: ProgressOptions): Progress {
  let text = '';
  let since = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    const elapsed = now() - since;
    const clock = elapsed < CLOCK_MS ? '' : ` ${(elapsed / 1000).toFixed(1)} s`;
    write(`${ERASE}${text.slice(0, Math.max(0, width - clock.length - 2))}${paint('dim', clock)}`);
  };
  const clear = (): void => {
    clearInterval(timer);
    if (text !== '') write(ERASE);
    timer = undefined;
    text = '';
  };
  return {
    step(next) {
      text = next;
      since = now();
      draw();
      timer ??= setInterval(draw, EVERY_MS).unref();
    },
    note(line) {
      const shown = text;
      if (shown !== '') write(ERASE);
      write(`${line}\n`);
      if (shown !== '') draw();
    },
    clear,
  };
}
