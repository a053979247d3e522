#!/usr/bin/env node
// Who may import whom. The table is the rule; docs/architecture.md explains it.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

// biome-ignore format: a table
const MAY_IMPORT = {
  'errors':         [],
  'tcpdump-parser': [],
  'setup':          [],
  'topology':       [],
  'journey':        ['tcpdump-parser', 'topology'],
  'state':          ['topology'],
  'oracle':         ['topology', 'journey'],
  'engine':         ['state', 'setup'],
  'targets':        ['topology', 'state', 'engine'],
  'observe':        ['tcpdump-parser', 'topology', 'journey', 'state', 'engine'],
  'probe':          ['tcpdump-parser', 'topology', 'engine'],
  'faults':         ['state', 'engine'],
  'cloud':          ['topology', 'journey', 'state', 'targets', 'oracle', 'engine', 'observe', 'probe'],
  'report':         ['tcpdump-parser', 'journey', 'topology'],
  'scenario':       ['tcpdump-parser', 'topology', 'journey', 'state', 'targets', 'oracle', 'engine', 'observe', 'probe', 'cloud', 'faults', 'report'],
  'bench':          'all',
  'lab':            'all',
  'cli':            'all',
};

/** Rooms that everybody may import. */
const OPEN = ['errors'];

/** Libraries that take long to load: `await import(…)` where they are used, `import type` elsewhere. */
const LAZY = ['dockerode', 'execa', 'testcontainers', 'zx'];

const IMPORT =
  /^[ \t]*(?:import|export)\s+(?<type>type\s)?(?:[^'"`;]*?\sfrom\s*)?['"](?<fixed>[^'"]+)['"]|\bimport\(\s*['"](?<lazy>[^'"]+)['"]/gmu;

/** @returns {{ specifier: string, line: number, loaded: boolean }[]} the imports of a source text */
export function importsOf(text) {
  return [...text.matchAll(IMPORT)].map(({ groups, index }) => ({
    specifier: groups.fixed ?? groups.lazy,
    line: text.slice(0, index).split('\n').length,
    loaded: groups.fixed !== undefined && groups.type === undefined,
  }));
}

/** @returns {string[]} a line for each import in the file that the table forbids; `file` is relative to the root */
export function violations(file, text) {
  const from = roomOf(file);
  if (from === undefined || /\.(test|fixture)\.ts$/u.test(file)) return [];
  if (!(from in MAY_IMPORT))
    return [`${file}:1: the room src/${from} is not in the table of src/setup/import-rules.mjs`];
  const allowed = MAY_IMPORT[from];
  return importsOf(text).flatMap(({ specifier, line, loaded }) => {
    const at = `${file}:${line}:`;
    if (loaded && LAZY.some((name) => specifier === name || specifier.startsWith(`${name}/`))) {
      return [`${at} import ${specifier} lazily: await import('${specifier}') where it is used`];
    }
    const to = specifier.startsWith('.') ? roomOf(join(dirname(file), specifier)) : specifier;
    if (specifier.startsWith('.') && to === undefined)
      return [`${at} ${from} may not import ${specifier}: outside src/`];
    if (!(to in MAY_IMPORT) || to === from || OPEN.includes(to)) return [];
    if (allowed === 'all' || allowed.includes(to)) return [];
    return [`${at} ${from} may not import ${to} (it may import: ${[...OPEN, ...allowed].join(', ')})`];
  });
}

function roomOf(file) {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

function main() {
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)));
  const found = files.flatMap((file) => violations(file, readFileSync(join(root, file), 'utf8')));
  for (const line of found) console.log(line);
  if (found.length > 0) process.exitCode = 1;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) main();
