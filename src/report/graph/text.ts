import type { TextStyle } from './types.ts';

/** Size in pixels, whether the letters have one width, whether they are bold. The style sheet says the same. */
const STYLES: Readonly<Record<TextStyle, { size: number; mono?: boolean; bold?: boolean }>> = {
  name: { size: 13, bold: true },
  role: { size: 10.5 },
  device: { size: 10.5, mono: true, bold: true },
  network: { size: 9 },
  bridge: { size: 11, mono: true },
  tap: { size: 8.5, mono: true },
  server: { size: 12, bold: true },
  address: { size: 9.5, mono: true },
  port: { size: 9, mono: true },
};

/** How wide a text is at most, in pixels: measured for DejaVu, which is wider than the system fonts it stands for. */
export function textWidth(text: string, style: TextStyle): number {
  const { size, mono, bold } = STYLES[style];
  let em = 0;
  for (const letter of text) em += mono ? monoWidth(letter) : letterWidth(letter);
  return Math.ceil(em * size * (bold && !mono ? 1.1 : 1));
}

function monoWidth(letter: string): number {
  return (letter.codePointAt(0) ?? 0) >= 0x1100 ? 1.25 : 0.61;
}

function letterWidth(letter: string): number {
  if ((letter.codePointAt(0) ?? 0) >= 0x1100) return 1.15;
  if (/[il.,:;|'!]/.test(letter)) return 0.35;
  if (/[mwMW@%…]/.test(letter)) return 1;
  if (/[A-Z]/.test(letter)) return 0.75;
  if (/[ frtj()[\]-]/.test(letter)) return 0.42;
  return 0.64;
}

/** The text, or as much of it as fits with an ellipsis. */
export function fitText(text: string, width: number, style: TextStyle): string {
  if (textWidth(text, style) <= width) return text;
  const letters = Array.from(text);
  while (letters.length > 0 && textWidth(`${letters.join('')}…`, style) > width) letters.pop();
  return letters.length === 0 ? '' : `${letters.join('')}…`;
}
