import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { diff } from './diff.ts';
import { equal } from './equal.ts';
import { patch } from './patch.ts';
import { stateArbitrary } from './states.fixture.ts';
import { type CloudState, emptyCloud, emptyNode } from './types.ts';

test('a difference leads from the one state to the other', () => {
  fc.assert(
    fc.property(stateArbitrary, stateArbitrary, (before, after) => {
      expect(patch(before, diff(before, after))).toEqual(after);
    }),
  );
});

test('a state does not differ from its copy', () => {
  fc.assert(
    fc.property(stateArbitrary, (state) => {
      expect(diff(state, structuredClone(state))).toEqual([]);
    }),
  );
});

test('a difference back is the same backwards', () => {
  const SWAPPED = { add: 'remove', remove: 'add', update: 'update' } as const;
  const told = (changes: ReturnType<typeof diff>, swap: boolean) =>
    changes
      .map((change) => {
        const where = [
          change.part,
          'node' in change && change.node,
          'namespace' in change && change.namespace,
        ];
        return [...where, change.key, swap ? SWAPPED[change.action] : change.action].join(' ');
      })
      .toSorted();
  fc.assert(
    fc.property(stateArbitrary, stateArbitrary, (before, after) => {
      expect(told(diff(before, after), true)).toEqual(told(diff(after, before), false));
    }),
  );
});

test('neither comparing nor patching alters the states', () => {
  fc.assert(
    fc.property(stateArbitrary, stateArbitrary, (before, after) => {
      const copies = structuredClone([before, after]);
      patch(before, diff(before, after));
      expect([before, after]).toEqual(copies);
    }),
  );
});

test('what did not change stays the very same object', () => {
  const before: CloudState = { nodes: { one: emptyNode(), two: emptyNode() }, wires: {} };
  const after: CloudState = {
    ...before,
    nodes: {
      ...before.nodes,
      two: { ...emptyNode(), tunnelNeighbours: { a: { bridge: 'b', ip_address: 'i', mac_address: 'm' } } },
    },
  };
  const patched = patch(before, diff(before, after));
  expect(patched.nodes['one']).toBe(before.nodes['one']);
  expect(patched.wires).toBe(before.wires);
  expect(patched).toEqual(after);
});

test('a change to something that is not there is refused', () => {
  expect(() =>
    patch(emptyCloud(), [
      { part: 'flows', node: 'compute1', key: 'x', action: 'remove', before: {} as never },
    ]),
  ).toThrow('below compute1, which is not there');
});

test('a missing key and one that is undefined are equal', () => {
  expect(equal({ a: 1 }, { a: 1, b: undefined })).toBe(true);
  expect(equal({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(equal({ a: 1 }, { a: 1, b: null })).toBe(false);
  expect(equal([1, 2], [1])).toBe(false);
  expect(equal([], {})).toBe(false);
});
