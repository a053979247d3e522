import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { graphStyle } from '../graph/svg.ts';

/** The page's own scripts in the order in which they need each other; main.js starts them. */
const SCRIPTS = [
  'dom.js',
  'drawing.js',
  'ladder.js',
  'compare.js',
  'inspector.js',
  'workbench.js',
  'main.js',
];

const COMMENT = /\/\*\*[^]*?\*\/ ?/g;
const BLANK = /^\s*\n/gm;
const IMPORT = /^import [^;]*;\n/gm;
const EXPORT = /^export (?=(?:async )?function|const|class)/gm;

/** One script of the modules in `client/`: they share no names, so that imports and exports can simply go. */
export function clientScript(): string {
  const parts = SCRIPTS.map((name) =>
    readFileSync(new URL(`client/${name}`, import.meta.url), 'utf8')
      .replace(COMMENT, '')
      .replace(IMPORT, '')
      .replace(EXPORT, '')
      .replace(BLANK, ''),
  );
  return `(() => {\n'use strict';\n${parts.join('\n')}})();\n`;
}

/** All style sheets of the page in one. */
export function pageStyle(): string {
  const sheets = ['page.css', 'workbench.css'].map((name) =>
    readFileSync(new URL(name, import.meta.url), 'utf8'),
  );
  return [graphStyle(), ...sheets].join('\n');
}

/** The source expression by which a Content Security Policy allows exactly this text. */
export function cspHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
