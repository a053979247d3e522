/**
 * YAML 1.2 (and so JSON) with positions. What a document of ours never needs and an attacker or a slip of the pen
 * would bring is refused: a second document, custom tags, duplicate keys, aliases that multiply.
 */
import {
  Composer,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  Lexer,
  LineCounter,
  Parser,
} from 'yaml';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { type DocumentSource, Problems } from '../problems.ts';
import { placeInYaml } from './places.ts';
import { refuseLargeText } from './read-document.ts';

const MAX_ALIASES = 500;
/** Times that the aliases of a document may multiply its nodes, as yaml counts it. */
const MAX_ALIAS_COUNT = 1000;
const MAX_DEPTH = 64;
const MAX_SYNTAX_ERRORS = 20;

export interface LoadedDocument {
  /** Plain data, not yet checked against a schema. */
  readonly value: unknown;
  readonly source: DocumentSource;
}

/**
 * Parses a document's text.
 * @throws NetdojoError (or DocumentErrors with many) ND_DOCUMENT_TOO_LARGE, ND_DOCUMENT_EMPTY, ND_YAML_SYNTAX,
 *   ND_YAML_DUPLICATE_KEY, ND_YAML_MANY_DOCUMENTS, ND_YAML_TAG, ND_YAML_ALIAS, ND_YAML_VERSION, ND_YAML_DEPTH
 */
export function loadYaml(text: string, file: string): LoadedDocument {
  refuseLargeText(file, text);
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const fail = (code: `ND_${string}`, offset: number, message: string, expected?: string, hint?: string) =>
    new NetdojoError(message, { code, place: at(offset), expected, hint, exitCode: EXIT.usage });

  const document = parse(text, lines, fail);
  const source: DocumentSource = { file, place: placeInYaml(document, lines, file) };
  const problems = new Problems();
  const unique = new Map<number, NetdojoError>();
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    if (unique.size >= MAX_SYNTAX_ERRORS || unique.has(pos[0])) continue;
    if (code === 'TAG_RESOLVE_FAILED') {
      const tag = /!\S*/.exec(text.slice(pos[0], pos[1]))?.[0] ?? '';
      unique.set(
        pos[0],
        fail('ND_YAML_TAG', pos[0], `unknown tag ${tag}`, 'plain YAML 1.2 without custom tags'),
      );
    } else {
      unique.set(pos[0], fail('ND_YAML_SYNTAX', pos[0], firstLine(message)));
    }
  }
  const directive = document.directives?.yaml;
  if (directive?.explicit === true && directive.version !== '1.2') {
    unique.set(-1, fail('ND_YAML_VERSION', 0, `YAML ${directive.version} is not supported`, 'YAML 1.2'));
  }
  for (const error of unique.values()) problems.addError(source, error);
  if (problems.isEmpty) {
    for (const error of structureErrors(document, fail)) problems.addError(source, error);
  }
  problems.throwIfAny();

  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    throw fail('ND_DOCUMENT_EMPTY', 0, 'the document is empty');
  }
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIAS_COUNT }), source };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    // structureErrors has found the aliases to nothing: what is left is their number.
    throw fail('ND_YAML_ALIAS', 0, 'the aliases of the document multiply', 'aliases that stand for less');
  }
}

/**
 * As yaml's `parseDocument`, but a document that is too deep is noticed while its tokens are read, which takes no
 * recursion: composing it would fill the stack.
 */
function parse(text: string, lines: LineCounter, fail: Fail): Document.Parsed {
  // uniqueKeys compares every pair of keys, which takes minutes in a large map: structureErrors is linear.
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    resolveKnownTags: false,
    keepSourceTokens: false,
    uniqueKeys: false,
    prettyErrors: false,
    // toJS would print warnings.
    logLevel: 'error',
  });
  const [document, second] = composer.compose(tokensOf(text, lines, fail), true, text.length);
  if (document === undefined) throw fail('ND_DOCUMENT_EMPTY', 0, 'the document is empty');
  if (second !== undefined) {
    throw fail(
      'ND_YAML_MANY_DOCUMENTS',
      second.range[0],
      'a second document begins here',
      'one document in a file',
    );
  }
  return document;
}

function* tokensOf(text: string, lines: LineCounter, fail: Fail) {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  let errors = 0;
  let aliases = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      yield token;
      // The parser goes on to the end; nobody reads that many.
      if (token.type === 'error' && ++errors >= MAX_SYNTAX_ERRORS) return;
    }
    // A pair may take an entry of its own.
    if (parser.stack.length > 2 * MAX_DEPTH + 2) throw tooDeep(fail, parser.offset);
    // Each is looked for in the whole document.
    if (lexeme.startsWith('*') && ++aliases > MAX_ALIASES) {
      throw fail(
        'ND_YAML_ALIAS',
        parser.offset - lexeme.length,
        'the document has too many aliases',
        `at most ${MAX_ALIASES}`,
      );
    }
  }
  yield* parser.end();
}

type Fail = (
  code: `ND_${string}`,
  offset: number,
  message: string,
  expected?: string,
  hint?: string,
) => NetdojoError;

/** What the grammar allows and we do not: duplicate and non-scalar keys, depth, aliases to what contains them. */
function structureErrors(document: Document.Parsed, fail: Fail): NetdojoError[] {
  const errors: NetdojoError[] = [];
  const open = new Set<unknown>();
  const describe = (offset: number) => {
    const place = fail('ND_YAML_SYNTAX', offset, '').place;
    return place !== undefined && 'line' in place ? `${place.line}:${place.column}` : '';
  };

  const visit = (node: unknown, depth: number): void => {
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined) {
        errors.push(fail('ND_YAML_ALIAS', startOf(node), `no anchor "${node.source}" before this alias`));
      } else if (open.has(target)) {
        errors.push(fail('ND_YAML_ALIAS', startOf(node), `alias "${node.source}" contains itself`));
      }
      return;
    }
    if (!isCollection(node)) return;
    if (depth > MAX_DEPTH) {
      errors.push(tooDeep(fail, startOf(node)));
      return;
    }
    open.add(node);
    if (isMap(node)) {
      const seen = new Map<string, number>();
      for (const { key, value } of node.items) {
        const start = startOf(key);
        if (!isScalar(key)) {
          errors.push(fail('ND_YAML_SYNTAX', start, 'a key must be a plain name', 'a scalar key'));
          continue;
        }
        const name = String(key.value);
        // What has this name is nobody's own attribute: no check would see it.
        if (name === '__proto__') errors.push(fail('ND_SCHEMA_KEY', start, 'unknown key "__proto__"'));
        const first = seen.get(name);
        if (first === undefined) seen.set(name, start);
        else
          errors.push(
            fail(
              'ND_YAML_DUPLICATE_KEY',
              start,
              `"${name}" is declared twice, first at ${describe(first)}`,
              'each key once in a mapping',
            ),
          );
        visit(value, depth + 1);
      }
    } else {
      for (const item of node.items) visit(item, depth + 1);
    }
    open.delete(node);
  };
  visit(document.contents, 1);
  return errors;
}

const firstLine = (text: string) => text.split('\n')[0] ?? '';

const startOf = (node: unknown) => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

function tooDeep(fail: Fail, offset: number): NetdojoError {
  return fail('ND_YAML_DEPTH', offset, 'the document is nested too deeply', `at most ${MAX_DEPTH} levels`);
}
