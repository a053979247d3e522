import * as fc from 'fast-check';

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    '',
    'x',
    '1.2.3.4',
    '::',
    'fa:16:3e:00:00:0',
    [],
    {},
    1e21,
    9217,
    '10.0.0.0/33',
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** The document with one value anywhere in it replaced, removed, or given a neighbour. */
export function mutated(documents: fc.Arbitrary<object>): fc.Arbitrary<unknown> {
  return fc
    .tuple(documents, fc.nat(), fc.constantFrom('replace', 'remove', 'add', 'rename'), fc.string(), junk)
    .map(([document, pick, act, key, value]) => {
      const copy: unknown = structuredClone(document);
      const spots = spotsIn(copy);
      const spot = spots[pick % spots.length];
      if (spot === undefined) return value;
      const { parent, at } = spot;
      if (act === 'replace') parent[at] = value;
      // A list has no keys, and its `length` least of all.
      const name = (what: unknown): unknown => !Array.isArray(parent) && (parent[key] = what);
      if (act === 'add') name(value);
      if (act === 'remove' || act === 'rename') {
        const moved = parent[at];
        if (Array.isArray(parent)) parent.splice(Number(at), 1);
        else delete parent[at];
        if (act === 'rename') name(moved);
      }
      // Keys of lists and undefined values are nothing that a document can have.
      return JSON.parse(JSON.stringify(copy)) as unknown;
    });
}

function spotsIn(value: unknown): { parent: Record<string, unknown>; at: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as Record<string, unknown>;
  return Object.keys(parent).flatMap((at) => [{ parent, at }, ...spotsIn(parent[at])]);
}
