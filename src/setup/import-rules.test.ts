import { expect, test } from 'vitest';
import { violations } from './import-rules.mjs';

test('names the line, the two rooms and what would be allowed', () => {
  const text =
    "import { a } from '../topology/index.ts';\nimport type {\n  B,\n} from '../../oracle/index.ts';\n";
  expect(violations('src/state/diff/index.ts', text)).toEqual([
    'src/state/diff/index.ts:2: state may not import oracle (it may import: errors, topology)',
  ]);
});

test('sees lazy imports, re-exports and the workspace by its name', () => {
  expect(violations('src/topology/a.ts', "const x = await import('../engine/index.ts');")).toHaveLength(1);
  expect(violations('src/topology/a.ts', "export * from 'tcpdump-parser';")).toHaveLength(1);
  expect(violations('src/journey/a.ts', "export * from 'tcpdump-parser';")).toEqual([]);
});

test('lets a room import itself and errors, and refuses a room that the table does not know', () => {
  const text = "import '../own/index.ts';\nimport { EXIT } from '../../errors/index.ts';";
  expect(violations('src/engine/find/a.ts', text)).toEqual([]);
  expect(violations('src/attic/a.ts', '')).toEqual([
    'src/attic/a.ts:1: the room src/attic is not in the table of src/setup/import-rules.mjs',
  ]);
});

test('wants slow libraries imported where they are used', () => {
  expect(violations('src/engine/a.ts', "import Docker from 'dockerode';")).toHaveLength(1);
  expect(violations('src/engine/a.ts', "import type Docker from 'dockerode';")).toEqual([]);
  expect(violations('src/engine/a.ts', "const { $ } = await import('zx');")).toEqual([]);
});
