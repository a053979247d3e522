/** How texts are set: signs, colours, columns. */

export interface TellOptions {
  /** Columns of the terminal; default 100, at least 60. */
  readonly width?: number;
  /** Adds ANSI colours; default off. */
  readonly colour?: boolean;
  /** Only plain ASCII signs; default off. */
  readonly ascii?: boolean;
}

export type Tone = 'plain' | 'dim' | 'good' | 'bad' | 'warn' | 'strong';

/** A piece of text that is not broken across lines. */
export interface Piece {
  readonly text: string;
  readonly tone: Tone;
}

export const piece = (text: string, tone: Tone = 'plain'): Piece => ({ text, tone });

const UNICODE = {
  arrow: '→',
  back: '←',
  minus: '−',
  micro: 'µs',
  ellipsis: '…',
  tee: '├',
  elbow: '└',
  bar: '│',
  pointer: '▶',
  rule: '─',
  cross: '┼',
  good: '✓',
  bad: '✗',
} as const;

type Signs = { readonly [K in keyof typeof UNICODE]: string };

const ASCII: Signs = {
  arrow: '->',
  back: '<-',
  minus: '-',
  micro: 'us',
  ellipsis: '...',
  tee: '|',
  elbow: '`',
  bar: '|',
  pointer: '>',
  rule: '-',
  cross: '+',
  good: 'ok',
  bad: 'x',
};

const CODES: Readonly<Record<Tone, number>> = { plain: 0, strong: 1, dim: 2, bad: 31, good: 32, warn: 33 };

export interface Style {
  readonly width: number;
  /** The finished text: in ASCII also what names and purposes bring along is turned into plain signs. */
  readonly finish: (lines: readonly string[]) => string;
  readonly signs: Signs;
  readonly paint: (text: string, tone: Tone) => string;
}

export function styleOf(options: TellOptions): Style {
  const { colour = false, ascii = false, width = 100 } = options;
  return {
    width: Math.max(60, width),
    signs: ascii ? ASCII : UNICODE,
    finish: (lines) => (ascii ? toAscii(lines.join('\n')) : lines.join('\n')),
    paint: (text, tone) =>
      colour && tone !== 'plain' && text !== '' ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text,
  };
}

function toAscii(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[^\u0000-\u007f]/gu, (sign) => {
    const name = (Object.keys(UNICODE) as (keyof Signs)[]).find((key) => UNICODE[key] === sign);
    if (name !== undefined) return ASCII[name];
    return sign === '’' || sign === '‘' ? "'" : sign === '–' ? '-' : sign === 'µ' ? 'u' : '?';
  });
}

/** Text cut to a width, with an ellipsis where something is missing. */
export function cut(text: string, width: number, { signs }: Style): string {
  if (text.length <= width) return text;
  return text.slice(0, Math.max(0, width - signs.ellipsis.length)) + signs.ellipsis;
}

/** Text in lines of at most `width`, broken at spaces; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Pieces separated by commas, in lines of at most `width`; a longer piece is broken at its spaces. */
export function wrapPieces(pieces: readonly Piece[], width: number): Piece[][] {
  const lines: Piece[][] = [];
  let line: Piece[] = [];
  let used = 0;
  const flush = (): void => {
    if (line.length > 0) lines.push(line);
    line = [];
    used = 0;
  };
  for (const [index, { text, tone }] of pieces.entries()) {
    const whole = index < pieces.length - 1 ? `${text},` : text;
    if (used > 0 && used + 1 + whole.length > width) flush();
    const parts = wrap(whole, width);
    for (const [part, words] of parts.entries()) {
      if (part > 0) flush();
      line.push({ text: words, tone });
      used += (used > 0 ? 1 : 0) + words.length;
    }
  }
  flush();
  return lines;
}

export function paintLine(line: readonly Piece[], style: Style): string {
  return line.map(({ text, tone }) => style.paint(text, tone)).join(' ');
}

/** A span of time given in nanoseconds: `312 µs`, `4.2 ms`, `1.00 s`. */
export function duration(ns: bigint, { signs }: Style): string {
  const us = Number(ns) / 1000;
  if (Math.abs(us) < 1000) return `${Math.round(us)} ${signs.micro}`;
  if (Math.abs(us) < 1_000_000) return `${(us / 1000).toFixed(1)} ms`;
  return `${(us / 1_000_000).toFixed(2)} s`;
}

/** `1 hop`, `2 hops`. */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;
