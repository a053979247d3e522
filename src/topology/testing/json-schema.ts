/**
 * A validator for the part of JSON Schema (draft 2020-12) that our schemas use, written from the specification and
 * not from zod, so that the two can be compared. A keyword that it does not know is an error.
 */

type Schema = Readonly<Record<string, unknown>>;

/** Keywords that say nothing about validity; `format` comes with a `pattern`. */
const ANNOTATIONS = new Set(['$schema', '$defs', 'title', 'description', 'default', 'format']);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
};

type Keyword = (argument: never, value: unknown, schema: Schema, root: Schema) => boolean;

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  $ref: (ref: string, value, _, root) => {
    const target = ref
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>((at, step) => (isObject(at) ? at[step] : undefined), root);
    return isValid(target, value, root);
  },
  type: (type: string, value) => TYPES[type]?.(value) ?? false,
  enum: (values: readonly unknown[], value) => values.includes(value),
  const: (expected: unknown, value) => value === expected,
  anyOf: (options: readonly Schema[], value, _, root) =>
    options.some((option) => isValid(option, value, root)),
  allOf: (options: readonly Schema[], value, _, root) =>
    options.every((option) => isValid(option, value, root)),
  pattern: (pattern: string, value) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
  minLength: (length: number, value) => typeof value !== 'string' || Array.from(value).length >= length,
  minimum: (bound: number, value) => typeof value !== 'number' || value >= bound,
  maximum: (bound: number, value) => typeof value !== 'number' || value <= bound,
  minItems: (count: number, value) => !Array.isArray(value) || value.length >= count,
  items: (items: Schema, value, _, root) =>
    !Array.isArray(value) || value.every((item) => isValid(items, item, root)),
  required: (keys: readonly string[], value) =>
    !isObject(value) || keys.every((key) => Object.hasOwn(value, key)),
  propertyNames: (names: Schema, value, _, root) =>
    !isObject(value) || Object.keys(value).every((key) => isValid(names, key, root)),
  properties: (properties: Readonly<Record<string, Schema>>, value, _, root) =>
    !isObject(value) ||
    Object.entries(properties).every(
      ([key, each]) => !Object.hasOwn(value, key) || isValid(each, value[key], root),
    ),
  additionalProperties: (others: unknown, value, { properties }, root) =>
    !isObject(value) ||
    Object.entries(value).every(
      ([key, each]) =>
        (isObject(properties) && Object.hasOwn(properties, key)) || isValid(others, each, root),
    ),
};

/** Whether the value is valid. */
export function isValid(schema: unknown, value: unknown, root: Schema): boolean {
  if (typeof schema === 'boolean') return schema;
  if (!isObject(schema)) throw new TypeError('not a schema');
  return Object.entries(schema).every(([keyword, argument]) => {
    if (ANNOTATIONS.has(keyword)) return true;
    const check = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (check === undefined) throw new TypeError(`unknown keyword ${keyword}`);
    return check(argument as never, value, schema, root);
  });
}
