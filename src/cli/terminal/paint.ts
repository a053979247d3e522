/** Colours, and whether to use them. */

type Tone = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

const CODES: Readonly<Record<Tone, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

export type Paint = (tone: Tone, text: string) => string;

/** Paints, or leaves the text as it is. */
export function painter(colour: boolean): Paint {
  return (tone, text) => (colour && text !== '' ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text);
}

export interface ColourFacts {
  /** `--no-colour` was not given. */
  readonly allowed: boolean;
  readonly tty: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What the user said counts before what the environment says, and that before what the stream is. */
export function wantsColour({ allowed, tty, env }: ColourFacts): boolean {
  if (!allowed) return false;
  // https://no-color.org: when present and not empty, whatever its value.
  if (env['NO_COLOR']) return false;
  const { FORCE_COLOR: force } = env;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return tty && env['TERM'] !== 'dumb';
}
