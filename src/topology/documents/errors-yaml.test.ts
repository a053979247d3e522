/** The exact text of what can be wrong with YAML. */
import { expect, test } from 'vitest';
import { cloudError } from '../testing/errors.ts';

test('an empty document', async () => {
  expect(await cloudError('')).toMatchInlineSnapshot(`
    "ND_DOCUMENT_EMPTY: the document is empty
      at cloud.yaml:1:1"
  `);
});

test('a comment alone', async () => {
  expect(await cloudError('# nothing\n')).toMatchInlineSnapshot(`
    "ND_DOCUMENT_EMPTY: the document is empty
      at cloud.yaml:1:1"
  `);
});

test('bad indentation', async () => {
  expect(await cloudError('cloud: test\n underlay: demo-cluster\n')).toMatchInlineSnapshot(`
    "ND_YAML_SYNTAX: Nested mappings are not allowed in compact mappings
      at cloud.yaml:1:8"
  `);
});

test('a tab', async () => {
  expect(await cloudError('cloud: test\nnetworks:\n\tred: {}\n')).toMatchInlineSnapshot(`
    "ND_YAML_SYNTAX: Tabs are not allowed as indentation
      at cloud.yaml:3:1"
  `);
});

test('an open quote', async () => {
  expect(await cloudError('cloud: "test\nunderlay: demo-cluster\n')).toMatchInlineSnapshot(`
    "ND_YAML_SYNTAX: Missing closing "quote
      at cloud.yaml:3:1"
  `);
});

test('an open bracket', async () => {
  expect(await cloudError('cloud: test\nservers: { web1: { networks: [red }\n')).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_YAML_SYNTAX: Flow sequence in block collection must be sufficiently indented and end with a ]
        at cloud.yaml:2:35
      ND_YAML_SYNTAX: Flow map in block collection must be sufficiently indented and end with a }
        at cloud.yaml:2:36"
  `);
});

test('a duplicate key', async () => {
  expect(
    await cloudError('cloud: test\nnetworks:\n  red: {}\n  blue: {}\n  red: {}\n'),
  ).toMatchInlineSnapshot(`
    "ND_YAML_DUPLICATE_KEY: "red" is declared twice, first at 3:3
      at cloud.yaml:5:3
      expected: each key once in a mapping"
  `);
});

test('a second document', async () => {
  expect(await cloudError('cloud: test\n---\ncloud: other\n')).toMatchInlineSnapshot(`
    "ND_YAML_MANY_DOCUMENTS: a second document begins here
      at cloud.yaml:2:1
      expected: one document in a file"
  `);
});

test('a custom tag', async () => {
  expect(await cloudError('cloud: !env NAME\nunderlay: demo-cluster\n')).toMatchInlineSnapshot(`
    "ND_YAML_TAG: unknown tag !env
      at cloud.yaml:1:8
      expected: plain YAML 1.2 without custom tags"
  `);
});

test('binary data', async () => {
  expect(await cloudError('cloud: !!binary aGVsbG8=\n')).toMatchInlineSnapshot(`
    "ND_YAML_TAG: unknown tag !!binary
      at cloud.yaml:1:8
      expected: plain YAML 1.2 without custom tags"
  `);
});

test('an alias without anchor', async () => {
  expect(await cloudError('cloud: *name\n')).toMatchInlineSnapshot(`
    "ND_YAML_ALIAS: no anchor "name" before this alias
      at cloud.yaml:1:8"
  `);
});

test('an alias that contains itself', async () => {
  expect(await cloudError('cloud: &a [*a]\n')).toMatchInlineSnapshot(`
    "ND_YAML_ALIAS: alias "a" contains itself
      at cloud.yaml:1:12"
  `);
});

test('a mapping as a key', async () => {
  expect(await cloudError('? { a: 1 }\n: 2\n')).toMatchInlineSnapshot(`
    "ND_YAML_SYNTAX: a key must be a plain name
      at cloud.yaml:1:3
      expected: a scalar key"
  `);
});

test('another YAML', async () => {
  expect(await cloudError('%YAML 1.1\n---\ncloud: test\n')).toMatchInlineSnapshot(`
    "ND_YAML_VERSION: YAML 1.1 is not supported
      at cloud.yaml:1:1
      expected: YAML 1.2"
  `);
});

test('a deep document', async () => {
  expect(await cloudError('['.repeat(100) + ']'.repeat(100))).toMatchInlineSnapshot(`
    "ND_YAML_DEPTH: the document is nested too deeply
      at cloud.yaml:1:65
      expected: at most 64 levels"
  `);
});

test('a very deep document', async () => {
  expect(await cloudError('['.repeat(200_000))).toMatchInlineSnapshot(`
    "ND_YAML_DEPTH: the document is nested too deeply
      at cloud.yaml:1:131
      expected: at most 64 levels"
  `);
});

test('JSON with a mistake', async () => {
  expect(await cloudError('{"cloud": "test",\n "underlay" "demo-cluster"}')).toMatchInlineSnapshot(`
    "ND_YAML_SYNTAX: Missing , or : between flow map items
      at cloud.yaml:2:13"
  `);
});
