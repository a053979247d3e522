import { expect, test } from 'vitest';
import { EXIT, formatError, isNetdojoError, NetdojoError } from './index.ts';

test('says a place in a document, what was expected and what to do', () => {
  const error = new NetdojoError('server "web" is on host "compute-9", which does not exist', {
    code: 'ND_HOST_UNKNOWN',
    place: { file: 'fixtures/clouds/demo.yaml', line: 12, column: 11 },
    expected: 'compute-1 or compute-2',
    hint: 'host: compute-1\nor add the host to the underlay',
    exitCode: EXIT.usage,
  });
  expect(formatError(error)).toBe(`\
ND_HOST_UNKNOWN: server "web" is on host "compute-9", which does not exist
  at fixtures/clouds/demo.yaml:12:11
  expected: compute-1 or compute-2
  try: host: compute-1
       or add the host to the underlay`);
});

test('says node, command, exit code and the end of stderr', () => {
  const error = new NetdojoError('a command failed', {
    code: 'ND_COMMAND',
    place: {
      node: 'compute-1',
      command: ['ip', 'netns', 'exec', 'vm 1', 'ping', '-c1', "it's"],
      exitCode: 2,
      stderr: Array.from({ length: 12 }, (_, i) => `line ${i + 1}`).join('\n'),
    },
    cause: new Error('the stream ended'),
  });
  expect(formatError(error)).toBe(`\
ND_COMMAND: a command failed
  on node compute-1
  command: ip netns exec 'vm 1' ping -c1 'it'\\''s'
  exit code: 2
  stderr: (last 10 of 12 lines)
    line 3
    line 4
    line 5
    line 6
    line 7
    line 8
    line 9
    line 10
    line 11
    line 12
  because: the stream ended`);
});

test('colours the code and the labels only when asked', () => {
  const error = new NetdojoError('no engine', { code: 'ND_ENGINE_NONE', hint: 'start one' });
  expect(formatError(error, { colour: true })).toBe(
    '\u001b[31mND_ENGINE_NONE\u001b[0m: no engine\n  \u001b[2mtry:\u001b[0m start one',
  );
});

test('keeps the stack of what nobody foresaw', () => {
  const text = formatError(new TypeError('x is not a function'));
  expect(text.split('\n')[0]).toBe('ND_UNEXPECTED: TypeError: x is not a function');
  expect(text).toMatch(/\n {2}at .*errors\.test\.ts:\d+:\d+/);
  expect(formatError('thrown text')).toBe('ND_UNEXPECTED: thrown text');
});

test('knows its own kind', () => {
  expect(isNetdojoError(new NetdojoError('x', { code: 'ND_X' }))).toBe(true);
  expect(isNetdojoError(new Error('ND_X'))).toBe(false);
  expect(new NetdojoError('x', { code: 'ND_X' }).exitCode).toBe(EXIT.failed);
});
