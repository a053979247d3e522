import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonTexts } from './json-texts.ts';

const value = fc
  .oneof(fc.object({ withNullPrototype: false }), fc.array(fc.jsonValue()))
  .map((each) => JSON.stringify(each));

test('texts without anything between them come apart, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(value),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (texts, sizes) => {
        const bytes = Buffer.from(texts.join(''));
        const cut = jsonTexts();
        const found: string[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          found.push(...cut(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(found).toEqual(texts);
      },
    ),
  );
});

test('braces, quotes and backslashes in a string, letters of several bytes', () => {
  const texts = [String.raw`{"a":"}]\"{[\\"}`, '["€\u{1F600}"]', '{}', '[]', '{"b":[{}]}'];
  const bytes = Buffer.from(texts.join(' \n'));
  const cut = jsonTexts();
  const found = [...bytes].flatMap((byte) => cut(Buffer.from([byte])));
  expect(found.map((text) => text.trim())).toEqual(texts);
});
