import { describe, expect, test } from 'vitest';
import { painter, wantsColour } from './paint.ts';
import { startProgress } from './progress.ts';
import { count, span, table } from './table.ts';

describe('colour', () => {
  test.for([
    [{ allowed: true, tty: true, env: {} }, true],
    [{ allowed: true, tty: false, env: {} }, false],
    [{ allowed: true, tty: true, env: { TERM: 'dumb' } }, false],
    [{ allowed: true, tty: true, env: { NO_COLOR: '1' } }, false],
    [{ allowed: true, tty: true, env: { NO_COLOR: '' } }, true],
    [{ allowed: true, tty: false, env: { FORCE_COLOR: '1' } }, true],
    [{ allowed: true, tty: true, env: { FORCE_COLOR: '0' } }, false],
    [{ allowed: true, tty: false, env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, false],
    [{ allowed: false, tty: true, env: { FORCE_COLOR: '1' } }, false],
  ] as const)('%j: %s', ([facts, expected]) => {
    expect(wantsColour(facts)).toBe(expected);
  });

  test('takes no room in a table', () => {
    const paint = painter(true);
    expect(
      table([
        [paint('dim', 'A'), 'B'],
        ['long', 'x'],
      ]),
    ).toBe('\u001b[2mA\u001b[0m     B\nlong  x');
    expect(painter(false)('red', 'x')).toBe('x');
  });
});

test('numbers in words', () => {
  expect([count(1, 'node'), count(2, 'node'), count(0, 'entry', 'entries')]).toEqual([
    '1 node',
    '2 nodes',
    '0 entries',
  ]);
  expect([840, 12_340, 240_000, 10_800_000, 172_800_000].map(span)).toEqual([
    '0.84 s',
    '12.3 s',
    '4 min',
    '3 h',
    '2 d',
  ]);
});

describe('progress', () => {
  const record = (tty: boolean, now: () => number = () => 0) => {
    const written: string[] = [];
    const write = (text: string): void => void written.push(text);
    return { written, progress: startProgress({ write, tty, paint: painter(false), width: 20, now }) };
  };

  test('plain lines where there is no terminal', () => {
    const { written, progress } = record(false);
    progress.step('starting');
    progress.note('a line');
    progress.clear();
    expect(written).toEqual(['starting\n', 'a line\n']);
  });

  test('one line that changes on a terminal', () => {
    let time = 0;
    const { written, progress } = record(true, () => time);
    progress.step('starting seven nodes now');
    time = 1500;
    progress.note('a line');
    progress.clear();
    progress.clear();
    const erase = '\r\u001b[2K';
    expect(written).toEqual([
      `${erase}starting seven nod`,
      erase,
      'a line\n',
      `${erase}starting sev 1.5 s`,
      erase,
    ]);
  });
});
