import * as fc from 'fast-check';

/** Any sequence of UTF-16 units: control characters and halves of surrogate pairs as well. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xff }), fc.integer({ min: 0, max: 0xffff })), { maxLength: 40 })
  .map((units) => String.fromCharCode(...units));
