import type { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { formatError } from '../errors/index.ts';
import { buildProgram, commandNamed, type Invocation } from './program.ts';
import { usageError } from './usage-error.ts';

async function parse(line: string): Promise<Invocation> {
  let invocation: Invocation | undefined;
  const program = buildProgram({
    version: '0.0.0',
    colour: false,
    start: (given) => {
      invocation = given;
      return Promise.resolve();
    },
  });
  await program.parseAsync(line.split(' '), { from: 'user' });
  if (!invocation) throw new Error(`nothing was started by ${line}`);
  return invocation;
}

/** What a user reads who gets a command line wrong. */
async function complaint(line: string): Promise<string> {
  try {
    await parse(line);
  } catch (error) {
    return formatError(usageError(error as CommanderError, commandNamed(silent(), line.split(' '))));
  }
  throw new Error(`nothing is wrong with ${line}`);
}

const silent = () => buildProgram({ version: '0.0.0', colour: false, start: () => Promise.resolve() });

describe('a command line becomes an invocation', () => {
  test.for([
    ['up', { target: 'ml2-ovs' }],
    [
      'up my.yaml --name mine --dry-run',
      { document: 'my.yaml', name: 'mine', target: 'ml2-ovs', dryRun: true },
    ],
    [
      'ping web1 web2 -c 3 --size 100 --df --ttl 5 --cloud a',
      { from: 'web1', to: 'web2', count: 3, size: 100, df: true, ttl: 5, cloud: 'a' },
    ],
    ['send web1 web2', { from: 'web1', to: 'web2', count: 1, udp: 4321 }],
    ['exec web1 --cloud a -- ls -l --json', { place: 'web1', command: ['ls', '-l', '--json'], cloud: 'a' }],
    ['capture web1 compute1:eth1 -w - -c 10', { point: ['web1', 'compute1:eth1'], write: '-', count: 10 }],
    ['validate a.yaml b.yaml', { document: ['a.yaml', 'b.yaml'] }],
    ['__complete -- up --na', { words: ['up', '--na'] }],
  ] as const)('%s', async ([line, input]) => {
    const defined = Object.entries((await parse(line)).input).filter(([, value]) => value !== undefined);
    expect(Object.fromEntries(defined)).toEqual(input);
  });

  test('--json and --no-colour stand before the command or behind it', async () => {
    expect(await parse('ls')).toMatchObject({ json: false, colour: true, setup: true });
    for (const line of ['--json --no-colour ls', 'ls --json --no-colour']) {
      expect(await parse(line)).toMatchObject({ name: 'ls', json: true, colour: false });
    }
    expect(await parse('exec web1 -- ip --json a')).toMatchObject({ json: false });
    expect(await parse('up --no-setup')).toMatchObject({ setup: false });
  });
});

describe('every command', () => {
  const commands = silent().commands.filter((command) => command.name() !== '__complete');

  test.for(commands.map((command) => command.name()))(
    '%s has an example, --json and a module',
    async (name) => {
      const command = commands.find((one) => one.name() === name);
      let help = '';
      command?.configureOutput({ writeOut: (text) => (help += text) });
      command?.outputHelp();
      expect(help).toContain('Examples:\n  ');
      expect(help).toContain(`schema netdojo.${name}/1`);
      expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
    },
  );

  test('is there', () => {
    expect(
      commands
        .map((command) => command.name())
        .toSorted()
        .join(' '),
    ).toBe(
      'apply bench capture completion demo doctor down exec gc graph inspect ls paths ping plan send shell test up validate',
    );
  });
});

test('what is wrong with a command line', async () => {
  const lines = [
    'upp',
    'up --nam x',
    'up a b',
    'up --name a/b',
    'ping web1',
    'ping web1 web2 --count 0',
    'ping web1 web2 --ttl 300',
    'exec web1',
    'exec web1 ls -l',
    'validate',
  ];
  const texts = await Promise.all(lines.map(async (line) => `$ netdojo ${line}\n${await complaint(line)}`));
  expect(texts.join('\n')).toMatchInlineSnapshot(`
    "$ netdojo upp
    ND_USAGE: unknown command 'upp'
      try: did you mean up?
           netdojo --help
    $ netdojo up --nam x
    ND_USAGE: unknown option '--nam'
      try: did you mean --name?
           netdojo up --help
    $ netdojo up a b
    ND_USAGE: too many arguments for 'up'. Expected 1 argument but got 2: a, b
      try: netdojo up --help
    $ netdojo up --name a/b
    ND_USAGE: option '--name <name>' argument 'a/b' is invalid. Expected letters, digits, "-", "_" and ".", at most 40
      try: netdojo up --help
    $ netdojo ping web1
    ND_USAGE: missing required argument 'to'
      try: netdojo ping --help
    $ netdojo ping web1 web2 --count 0
    ND_USAGE: option '-c, --count <number>' argument '0' is invalid. Expected a whole number from 1 to 1000
      try: netdojo ping --help
    $ netdojo ping web1 web2 --ttl 300
    ND_USAGE: option '--ttl <number>' argument '300' is invalid. Expected a whole number from 1 to 255
      try: netdojo ping --help
    $ netdojo exec web1
    ND_USAGE: missing required argument 'command'
      try: netdojo exec --help
    $ netdojo exec web1 ls -l
    ND_USAGE: unknown option '-l'
      try: netdojo exec <place> -- <command> with its own options
           netdojo exec --help
    $ netdojo validate
    ND_USAGE: missing required argument 'document'
      try: netdojo validate --help"
  `);
});
