/** From a path in a document's data to the line and column of its text. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { DocumentSource, Path } from '../problems.ts';

type PairOf = (map: YAMLMap, key: string) => Pair | undefined;

/** Where things are in a parsed document; what is missing is where its closest parent is. */
export function placeInYaml(
  document: Document.Parsed,
  lines: LineCounter,
  file: string,
): DocumentSource['place'] {
  // A mapping is searched once for each of its problems, of which there may be as many as it has keys.
  const pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();
  const pairOf: PairOf = (map, key) => {
    const known =
      pairs.get(map) ??
      new Map(map.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair]));
    pairs.set(map, known);
    return known.get(key);
  };
  return (path, part) => {
    const { line, col } = lines.linePos(offsetOf(document, path, part, pairOf));
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
}

/** A document that was built in a program: errors name the path. */
export function withoutPlaces(file: string): DocumentSource {
  return { file, place: () => undefined };
}

function offsetOf(document: Document.Parsed, path: Path, part: 'key' | 'value', pairOf: PairOf): number {
  let node: unknown = document.contents;
  let key: Node | undefined;
  for (const step of path) {
    const parent = isAlias(node) ? node.resolve(document) : node;
    if (isMap(parent)) {
      const pair = pairOf(parent, String(step));
      if (pair === undefined) return startOf(key ?? parent);
      key = isNode(pair.key) ? pair.key : undefined;
      // A key without a value has no value to point at.
      node = isNode(pair.value) && startOf(pair.value) > startOf(key) ? pair.value : key;
    } else if (isSeq(parent)) {
      const item = parent.items[Number(step)];
      if (!isNode(item)) return startOf(key ?? parent);
      key = item;
      node = item;
    } else break;
  }
  // A block mapping or sequence begins a line below its key: the key is what one looks for.
  return startOf(part === 'key' || isBlock(node) ? (key ?? node) : node);
}

function isBlock(node: unknown): boolean {
  return (isMap(node) || isSeq(node)) && node.flow !== true;
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
