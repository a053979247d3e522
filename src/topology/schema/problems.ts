/** What zod found wrong, in the words of the document: the thing, what is there, what was expected, what was meant. */
import type { z } from 'zod';
import { nearest, oneOf } from '../nearest.ts';
import { type DocumentSource, type Path, type Problem, Problems } from '../problems.ts';
import {
  aptOption,
  childOf,
  description,
  isRecord,
  literalsOf,
  optionsOf,
  type Schema,
  schemaAt,
  shapeOf,
} from './walk.ts';

type Issue = z.core.$ZodIssue;

/** The record of a document, and what one of it is called. */
const THINGS: Readonly<Record<string, string>> = {
  projects: 'project',
  networks: 'network',
  subnets: 'subnet',
  ports: 'port',
  servers: 'server',
  routers: 'router',
  floatingips: 'floating IP',
  security_groups: 'security group',
  trunks: 'trunk',
  qos_policies: 'QoS policy',
  loadbalancers: 'load balancer',
  vips: 'VIP',
  pools: 'pool',
  health_monitors: 'health monitor',
  firewalls: 'firewall',
  firewall_groups: 'firewall group',
  firewall_policies: 'firewall policy',
  firewall_rules: 'firewall rule',
  policy_target_groups: 'policy target group',
  policy_targets: 'policy target',
  policy_rule_sets: 'policy rule set',
  policy_rules: 'policy rule',
  policy_classifiers: 'policy classifier',
  policy_actions: 'policy action',
  agents: 'agent',
  hosts: 'host',
};

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

/** A problem, and the path of what has it. */
type Found = Problem & { readonly path: Path; readonly part: 'key' | 'value' };

/**
 * Checks a value's shape. Problems: ND_SCHEMA_KEY (unknown), ND_SCHEMA_MISSING, ND_SCHEMA_TYPE, ND_SCHEMA_VALUE,
 * ND_SCHEMA_NAME (a key that is no name).
 * @returns the value with defaults, or undefined after it reported problems
 */
export function checkShape<T>(
  schema: z.ZodType<T>,
  value: unknown,
  source: DocumentSource,
  problems: Problems,
): T | undefined {
  // A document is parsed once: compiling a parser for it first takes longer.
  const result = schema.safeParse(value, { jitless: true });
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    for (const { path, part, ...problem } of foundBy(issue, [], schema, value)) {
      problems.add(source, path, part, problem);
    }
  }
  return undefined;
}

/**
 * Checks a document's shape.
 * @throws NetdojoError, DocumentErrors with the problems of `checkShape`
 */
export function requireShape<T>(
  schema: z.ZodType<T>,
  { value, source }: { readonly value: unknown; readonly source: DocumentSource },
): T {
  const problems = new Problems();
  const document = checkShape(schema, value, source, problems);
  problems.throwIfAny();
  if (document === undefined) throw new TypeError('a document without mistakes is missing');
  return document;
}

/** `base` leads to `root`, the part of the document that `schema` is for. */
function foundBy(issue: Issue, base: Path, schema: Schema, root: unknown): Found[] {
  const steps = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const path = [...base, ...steps];
  const value = steps.reduce<unknown>(childOf, root);
  const at = schemaAt(schema, steps, root);
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, path, at, value);
  if (issue.code === 'invalid_union') return inUnion(issue, path, at, value);
  if (issue.code === 'invalid_key') {
    const message = `"${shorten(String(path.at(-1)))}" is not allowed as a name`;
    return [{ code: 'ND_SCHEMA_NAME', message, expected: issue.issues[0]?.message, path, part: 'key' }];
  }
  const parent = steps.slice(0, -1).reduce<unknown>(childOf, root);
  const key = steps.at(-1);
  if (
    issue.code === 'invalid_type' &&
    typeof key === 'string' &&
    isRecord(parent) &&
    !Object.hasOwn(parent, key)
  ) {
    return [missingKey(key, path.slice(0, -1), at)];
  }
  const message = `${describe(path) || 'the document'} is ${inWords(value)}`;
  return [{ message, path, part: 'value', ...expectation(issue, value) }];
}

function unknownKeys(keys: readonly string[], path: Path, schema: Schema, value: unknown): Found[] {
  const known = Object.keys(shapeOf(schema, value));
  const what = describe(path);
  return keys.map((key) => ({
    code: 'ND_SCHEMA_KEY',
    message: `unknown key "${shorten(key)}"${what === '' ? '' : ` in ${what}`}`,
    expected: oneOf(known),
    hint: nearest(key, known)[0],
    path: [...path, key],
    part: 'key',
  }));
}

/** The problems of the option that was probably meant; where none was, what the options are. */
function inUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path, schema: Schema, value: unknown): Found[] {
  const options = optionsOf(schema);
  const chosen = aptOption(options, value);
  const issues = issue.errors[chosen] ?? [];
  const option = options[chosen];
  const otherType = issues.some(({ code, path: inner }) => inner.length === 0 && code === 'invalid_type');
  if (option !== undefined && issues.length > 0 && !otherType) {
    return issues.flatMap((inner) => foundBy(widened(inner, options), path, option, value));
  }
  const meanings = options.flatMap((each) => description(each)?.replace(/\.$/, '') ?? []);
  return [
    {
      code: 'ND_SCHEMA_TYPE',
      message: `${describe(path)} is ${inWords(value)}`,
      expected: meanings.join('; or ').toLowerCase(),
      path,
      part: 'value',
    },
  ];
}

/** Where the word that tells the options apart is none of theirs, all of them are expected. */
function widened(issue: Issue, options: readonly Schema[]): Issue {
  const [key, ...rest] = issue.path;
  if (issue.code !== 'invalid_value' || typeof key !== 'string' || rest.length > 0) return issue;
  const words = literalsOf(options, key).filter((word) => typeof word === 'string');
  return words.length > issue.values.length ? { ...issue, values: words } : issue;
}

function missingKey(key: string, path: Path, schema: Schema): Found {
  const meaning = description(schema);
  return {
    code: 'ND_SCHEMA_MISSING',
    message: `${describe(path) || 'the document'} has no "${key}"`,
    expected: meaning === undefined ? key : `${key}: ${meaning}`,
    path,
    part: 'key',
  };
}

function expectation(issue: Issue, value: unknown): Pick<Problem, 'code' | 'expected' | 'hint'> {
  if (issue.code === 'invalid_type') {
    const expected = TYPES[issue.expected] ?? issue.expected;
    return { code: 'ND_SCHEMA_TYPE', expected, hint: typeHint(issue.expected, value) };
  }
  const code = 'ND_SCHEMA_VALUE';
  if (issue.code === 'invalid_value') {
    const names = issue.values.map(String);
    return {
      code,
      expected: oneOf(names),
      hint: typeof value === 'string' ? nearest(value, names)[0] : undefined,
    };
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
    const unit = issue.origin === 'array' ? ' entry' : issue.origin === 'string' ? ' character' : '';
    return { code, expected: bound + unit };
  }
  return { code, expected: issue.message };
}

/** What to write instead, where that is certain. */
function typeHint(expected: string, value: unknown): string | undefined {
  if ((expected === 'object' || expected === 'record') && value === null) return '{}';
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return `"${value}"`;
  // Words of YAML 1.1.
  if (expected === 'boolean' && typeof value === 'string') {
    if (/^(?:yes|on|true)$/i.test(value)) return 'true';
    if (/^(?:no|off|false)$/i.test(value)) return 'false';
  }
  if ((expected === 'int' || expected === 'number') && typeof value === 'string' && /^\d+$/.test(value))
    return value;
  return undefined;
}

/** `server "web1": networks[0].fixed_ip`; '' for the document itself. */
function describe(path: Path): string {
  const [record, name, ...rest] = path;
  const thing = Object.hasOwn(THINGS, String(record)) ? THINGS[String(record)] : undefined;
  if (thing === undefined || name === undefined) return attribute(path);
  const head = `${thing} "${shorten(String(name))}"`;
  return rest.length === 0 ? head : `${head}: ${attribute(rest)}`;
}

function attribute(steps: Path): string {
  const parts = steps.map((step, index) =>
    typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${shorten(step)}`,
  );
  return parts.join('');
}

function inWords(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (typeof value === 'string') return JSON.stringify(shorten(value));
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
