import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cloudDocumentSchema, underlayDocumentSchema } from '../schema/index.ts';
import { cloudDocuments } from '../testing/cloud-documents.ts';
import { isValid } from '../testing/json-schema.ts';
import { mutated } from '../testing/mutated.ts';
import { underlayDocuments } from '../testing/underlay-documents.ts';
import { ERROR_CODES } from './error-codes.ts';
import { generatedFiles, jsonSchemaOf } from './write-reference.ts';

const root = new URL('../../../', import.meta.url);

test.each(Object.entries(generatedFiles()))('%s is current', (file, text) => {
  expect(
    readFileSync(new URL(file, root), 'utf8'),
    'run: node src/topology/reference/write-reference.ts',
  ).toBe(text);
});

test('every attribute has a description', () => {
  const without: string[] = [];
  JSON.stringify([cloudDocumentSchema, underlayDocumentSchema].map(jsonSchemaOf), (key, value: unknown) => {
    if (key === 'properties' && typeof value === 'object' && value !== null) {
      for (const [name, property] of Object.entries(value))
        if (!('description' in property)) without.push(name);
    }
    return value;
  });
  expect(without).toEqual([]);
});

test('every code of an error is in the table, and every one of the table is used', () => {
  const room = new URL('../', import.meta.url);
  const files = readdirSync(room, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('/error-codes.ts'),
  );
  const texts = files.map((file) => readFileSync(new URL(file, room), 'utf8'));
  const used = new Set(
    texts
      .flatMap((text) => text.match(/\bND_[A-Z][A-Z0-9_]*/g) ?? [])
      .filter((code) => code !== 'ND_SCHEMA_'),
  );
  expect([...used].toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted());
});

const pairs = [
  ['cloud', cloudDocumentSchema, cloudDocuments],
  ['underlay', underlayDocumentSchema, underlayDocuments],
] as const;

test.each(pairs)('JSON Schema and zod agree on every %s document', (_, schema, documents) => {
  const json = jsonSchemaOf(schema);
  fc.assert(
    fc.property(documents, (document) => {
      expect(schema.safeParse(document).error?.issues).toBeUndefined();
      expect(isValid(json, document, json)).toBe(true);
    }),
    { numRuns: 100 },
  );
  fc.assert(
    fc.property(mutated(documents), (document) => {
      expect(isValid(json, document, json)).toBe(schema.safeParse(document).success);
    }),
    { numRuns: 300 },
  );
});
