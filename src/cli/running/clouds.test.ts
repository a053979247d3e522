import { expect, test } from 'vitest';
import { formatError } from '../../errors/index.ts';
import { cloudTable } from '../commands/ls.ts';
import { painter } from '../terminal/paint.ts';
import { chooseCloud, type RunningCloud } from './clouds.ts';

const cloud = (name: string, rest: Partial<RunningCloud> = {}): RunningCloud => ({
  name,
  run: `${name}-0a1b2c3d`,
  nodes: ['compute1', 'guests'],
  state: 'up',
  lifetime: 'kept',
  created: 0,
  ...rest,
});

test('the cloud that is named, or the only one that stays', () => {
  const ofTest = cloud('scenario', { lifetime: 'process' });
  expect(chooseCloud([ofTest, cloud('mine')]).name).toBe('mine');
  expect(chooseCloud([cloud('mine'), cloud('yours')], 'yours').name).toBe('yours');
  expect(chooseCloud([ofTest], 'scenario').name).toBe('scenario');
});

test('what is said when there is no such cloud', () => {
  const complaint = (clouds: readonly RunningCloud[], name?: string): string => {
    try {
      return chooseCloud(clouds, name).name;
    } catch (error) {
      return formatError(error);
    }
  };
  expect(
    [
      complaint([]),
      complaint([], 'mine'),
      complaint([cloud('mine', { lifetime: 'process' })]),
      complaint([cloud('mine'), cloud('yours')]),
      complaint([cloud('mine'), cloud('yours')], 'yuors'),
      complaint([cloud('mine')], 'other'),
    ].join('\n'),
  ).toMatchInlineSnapshot(`
    "ND_CLOUD_UNKNOWN: no cloud is up
      expected: a cloud that was started with netdojo up
      try: netdojo up l2-demo
    ND_CLOUD_UNKNOWN: no cloud named mine is up: none is
      expected: a cloud that was started with netdojo up
      try: netdojo up l2-demo
    ND_CLOUD_UNKNOWN: no cloud is up
      expected: a cloud that was started with netdojo up
      try: netdojo up l2-demo
    ND_CLOUD_AMBIGUOUS: 2 clouds are up
      expected: one of mine, yours
      try: add --cloud mine
    ND_CLOUD_UNKNOWN: no cloud named yuors is up
      expected: one of mine, yours
      try: did you mean yours?
    ND_CLOUD_UNKNOWN: no cloud named other is up
      expected: mine
      try: netdojo ls"
  `);
});

test('a table of clouds', () => {
  const clouds = [cloud('mine'), cloud('test', { state: 'broken', lifetime: 'process' })];
  expect(cloudTable(clouds, { paint: painter(false) }, 90_000)).toMatchInlineSnapshot(`
    "CLOUD  NODES  STATE   STAYS             AGE
    mine   1      up      until down        90.0 s
    test   1      broken  with its process  90.0 s"
  `);
});
