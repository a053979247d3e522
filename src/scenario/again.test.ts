import { expect, test } from 'vitest';
import { untilJudged } from './again.ts';
import { ScenarioError } from './errors.ts';

const tooBusy = (text: string) => new ScenarioError(text, { code: 'ND_TOO_BUSY', inconclusive: true });

/** Attempts of so many milliseconds each, one for each of these ends. */
async function play(
  took: number,
  ends: readonly (Error | string)[],
  {
    patience = 100,
    restore = () => Promise.resolve(),
  }: { patience?: number; restore?: () => Promise<void> } = {},
) {
  const why: string[] = [];
  let time = 0;
  let at = 0;
  let restored = 0;
  const outcome = await untilJudged(
    () => {
      time += took;
      const end = ends[at++] ?? 'no more';
      return end instanceof Error ? Promise.reject(end) : Promise.resolve(end);
    },
    (text) => why.push(text),
    { patience, restore: () => restore().then(() => restored++), now: () => time },
  ).catch((error: Error) => error.message);
  return { outcome, why, restored };
}

test('what could not be judged is done again, on what was restored, and it is told why', async () => {
  expect(await play(10, [tooBusy('one'), tooBusy('two'), 'judged'])).toEqual({
    outcome: 'judged',
    why: ['one', 'two'],
    restored: 2,
  });
});

test('not for longer than there is time for', async () => {
  expect(await play(40, [tooBusy('one'), tooBusy('two'), 'judged'])).toEqual({
    outcome: 'two',
    why: ['one'],
    restored: 1,
  });
});

test('where nothing can be restored it stays what it was: not judged', async () => {
  const restore = () => Promise.reject(new Error('no active host'));
  expect(await play(10, [tooBusy('one'), 'judged'], { restore })).toMatchObject({
    outcome: 'one\nand it could not be played again',
    restored: 0,
  });
});

test('whatever else went wrong is not tried again', async () => {
  const blind = new ScenarioError('blind', { code: 'ND_CAPTURE_BLIND', inconclusive: true });
  for (const error of [blind, new Error('expected 1 to be 2')])
    expect(await play(10, [error, 'judged'])).toEqual({ outcome: error.message, why: [], restored: 0 });
});
