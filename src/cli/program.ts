/** The command line: every command, its arguments and options, and where its code is. */
import { Command, type OptionValues } from 'commander';
import type { Run } from './context.ts';
import { declareClouds } from './declare/clouds.ts';
import { declareMachine } from './declare/machine.ts';
import { declarePackets } from './declare/packets.ts';
import { declareTests } from './declare/tests.ts';
import { painter } from './terminal/paint.ts';

/** A command that was asked for, parsed. */
export interface Invocation {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly json: boolean;
  readonly colour: boolean;
  readonly setup: boolean;
  readonly load: () => Promise<Run<never>>;
}

type Start = (invocation: Invocation) => Promise<void>;

interface Declaration<Input> {
  /** Name and arguments, as in `inspect [cloud]`. What an argument is called is what completion offers for it. */
  readonly usage: string;
  readonly summary: string;
  readonly description?: string;
  readonly configure?: (command: Command) => void;
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [command: string, does: string])[];
  readonly hidden?: boolean;
  readonly load: () => Promise<Run<Input>>;
}

/** Declares commands of one group. */
export type Declare = <Input>(declaration: Declaration<Input>) => void;

export interface ProgramOptions {
  readonly version: string;
  readonly colour: boolean;
  readonly start: Start;
}

export function buildProgram({ version, colour, start }: ProgramOptions): Command {
  const paint = painter(colour);
  const program = new Command('netdojo')
    .description(
      'Builds a cloud’s network for real, sends packets through it, and shows each packet’s whole way.',
    )
    .version(version, '-V, --version', 'print the version')
    .option('--json', 'answer in JSON')
    .option('--no-colour', 'no colours')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .usage('<command> [options]')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => undefined, getOutHelpWidth: helpWidth, getErrHelpWidth: helpWidth })
    .configureHelp({
      styleTitle: (title) => paint('bold', title),
      styleCommandText: (text) => paint('cyan', text),
      styleSubcommandText: (text) => paint('cyan', text),
      subcommandTerm: (command) => command.name(),
      visibleGlobalOptions: () => [],
    });
  program.addHelpText('after', examplesText(EXAMPLES, paint('bold', 'Examples:')));
  const declareIn =
    (group: string): Declare =>
    (declaration) =>
      addCommand(program, { group, declaration, start, colour });
  declareClouds(declareIn('Clouds:'));
  declarePackets(declareIn('Packets:'));
  declareTests(declareIn('Tests and documents:'));
  declareMachine(declareIn('This machine:'));
  return program;
}

const EXAMPLES = [
  ['netdojo demo', 'the whole thing once, from start to clean-up'],
  ['netdojo up l2-demo', 'bring a cloud up and leave it running'],
  ['netdojo ping web1 web2', 'send a packet and see its whole way'],
] as const;

const helpWidth = (): number => Math.min(100, process.stdout.columns || 100);

interface Adding<Input> {
  readonly group: string;
  readonly declaration: Declaration<Input>;
  readonly start: Start;
  readonly colour: boolean;
}

function addCommand<Input>(program: Command, { group, declaration, start, colour }: Adding<Input>): void {
  const { usage, summary, description, configure, examples, hidden = false, load } = declaration;
  const command = program.command(usage, { hidden }).summary(summary).helpGroup(group);
  command.description(description === undefined ? `${summary}.` : `${summary}.\n${description}`);
  configure?.(command);
  command
    .optionsGroup('Common options:')
    .option('--json', `answer in JSON (schema netdojo.${command.name()}/1)`)
    .option('--no-colour', 'no colours')
    .helpOption('-h, --help', 'print this help');
  if (examples.length > 0) {
    command.addHelpText('after', examplesText(examples, painter(colour)('bold', 'Examples:')));
  }
  command.action(async () => {
    const { json: globalJson, colour: globalColour } = program.opts<OptionValues>();
    const { json, colour: ownColour, setup, ...options } = command.opts<OptionValues>();
    const named = command.registeredArguments.map((argument, index): [string, unknown] => [
      camelCase(argument.name()),
      command.processedArgs[index],
    ]);
    await start({
      name: command.name(),
      input: { ...options, ...Object.fromEntries(named) },
      json: json === true || globalJson === true,
      colour: ownColour !== false && globalColour !== false,
      setup: setup !== false,
      load,
    });
  });
}

const camelCase = (name: string): string =>
  name.replaceAll(/-(?<letter>[a-z])/gu, (_, letter: string) => letter.toUpperCase());

function examplesText(examples: readonly (readonly [string, string])[], title: string): string {
  const width = Math.max(...examples.map(([command]) => command.length));
  return `\n${title}\n${examples.map(([command, does]) => `  ${command.padEnd(width)}  ${does}`).join('\n')}`;
}

/** The command that was being parsed, for "see its help". */
export function commandNamed(program: Command, words: readonly string[]): string {
  const name = words.find((word) => !word.startsWith('-'));
  const known = program.commands.some((command) => command.name() === name);
  return known ? `netdojo ${name}` : 'netdojo';
}
