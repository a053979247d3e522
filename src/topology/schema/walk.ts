/** Reading a zod schema along the data that it was made for. */
import type { z } from 'zod';
import type { Path } from '../problems.ts';

export type Schema = z.core.$ZodType;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

export function childOf(value: unknown, step: PropertyKey): unknown {
  return isRecord(value) && Object.hasOwn(value, step) ? value[step as string] : undefined;
}

export function description(schema: Schema | undefined): string | undefined {
  // Every schema made by zod's main entry has it.
  return (schema as z.ZodType | undefined)?.description;
}

/** The schema of what a path leads to, as far as it goes. */
export function schemaAt(schema: Schema, steps: Path, root: unknown): Schema {
  let at = schema;
  let value = root;
  for (const step of steps) {
    const { def } = forValue(at, value)._zod;
    if (def.type === 'object') at = (def as z.core.$ZodObjectDef).shape[step] ?? at;
    else if (def.type === 'record') at = (def as z.core.$ZodRecordDef).valueType;
    else if (def.type === 'array') at = (def as z.core.$ZodArrayDef).element;
    value = childOf(value, step);
  }
  return at;
}

/** Attributes that the schema has for the value. */
export function shapeOf(schema: Schema, value: unknown): Readonly<Record<string, Schema>> {
  const { def } = forValue(schema, value)._zod;
  return def.type === 'object' ? (def as z.core.$ZodObjectDef).shape : {};
}

/** Options of a union; none of anything else. */
export function optionsOf(schema: Schema): readonly Schema[] {
  const { def } = unwrap(schema)._zod;
  return def.type === 'union' ? (def as z.core.$ZodUnionDef).options : [];
}

/**
 * The option of a union for a value of this type, and among mappings the one that shares most of its keys,
 * the more so where no required one is missing, or whose "type" it has.
 */
export function aptOption(options: readonly Schema[], value: unknown): number {
  const score = (option: Schema): number => {
    const { type } = option._zod.def;
    if (type === 'string' || type === 'enum') return typeof value === 'string' ? 1 : 0;
    if (type === 'number') return typeof value === 'number' ? 1 : 0;
    if (type !== 'object' || !isRecord(value) || Array.isArray(value)) return 0;
    const shape = Object.entries((option._zod.def as z.core.$ZodObjectDef).shape);
    const shared = shape.filter(([key]) => Object.hasOwn(value, key)).length;
    const complete = shape.every(([key, { _zod }]) => _zod.optin === 'optional' || Object.hasOwn(value, key));
    const meant = shape.filter(([key, each]) => valuesOf(each).includes(value[key])).length;
    return 1 + shared + (complete ? 1 : 0) + meant * shape.length;
  };
  const scores = options.map(score);
  return scores.indexOf(Math.max(...scores));
}

/** Values that a literal stands for; none of anything else. */
function valuesOf(schema: Schema): readonly unknown[] {
  const { def } = schema._zod;
  return def.type === 'literal' ? (def as z.core.$ZodLiteralDef<z.core.util.Literal>).values : [];
}

/** What the options of a union have as literals for a key: the word that tells which one is meant. */
export function literalsOf(options: readonly Schema[], key: string): readonly unknown[] {
  return options.flatMap((option) => {
    const { def } = option._zod;
    const each = def.type === 'object' ? (def as z.core.$ZodObjectDef).shape[key] : undefined;
    return each === undefined ? [] : valuesOf(each);
  });
}

/** Through defaults and the like. */
function unwrap(schema: Schema): Schema {
  const { def } = schema._zod;
  if (
    def.type === 'optional' ||
    def.type === 'nullable' ||
    def.type === 'default' ||
    def.type === 'prefault'
  ) {
    return unwrap((def as z.core.$ZodOptionalDef).innerType);
  }
  return schema;
}

/** As unwrap, and of a union the option that the value was probably meant for. */
function forValue(schema: Schema, value: unknown): Schema {
  const options = optionsOf(schema);
  const option = options[aptOption(options, value)];
  return option === undefined ? unwrap(schema) : forValue(option, value);
}
