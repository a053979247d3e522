/** What could stand at the end of a command line. */
import type { Command, Option } from 'commander';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Values that only a look at the world can give, by what an argument or an option's value is called. */
export interface Values {
  /** Undefined for what nobody can guess; `files` where a file is meant as well. */
  of(name: string): Promise<{ readonly values: readonly Candidate[]; readonly files?: boolean } | undefined>;
}

export interface Candidates {
  readonly values: readonly Candidate[];
  readonly files: boolean;
}

/** `words` without `netdojo`; the last one is the one to be completed. */
export async function candidatesFor(
  program: Command,
  words: readonly string[],
  values: Values,
): Promise<Candidates> {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const visible = program.createHelp().visibleCommands(program);
  const name = before.find((word) => !word.startsWith('-'));
  if (name === undefined) {
    if (last.startsWith('-')) return only(optionsOf(program), last);
    return only(
      visible.map((command) => ({ value: command.name(), description: command.summary() })),
      last,
    );
  }
  if (name === 'help') {
    return only(
      visible.map((command) => ({ value: command.name(), description: command.summary() })),
      last,
    );
  }
  const command = program.commands.find((one) => one.name() === name);
  if (!command || before.includes('--')) return { values: [], files: false };

  const pending = valueOption(command, before.at(-1) ?? '');
  const assigned = /^(?<flag>--[^=]+)=(?<text>.*)$/su.exec(last)?.groups;
  if (assigned) {
    const option = command.options.find(({ long }) => long === assigned['flag']);
    const found = await guess(values, option ? placeholder(option) : undefined, assigned['text'] ?? '');
    return {
      ...found,
      values: found.values.map((one) => ({ ...one, value: `${assigned['flag']}=${one.value}` })),
    };
  }
  if (pending) return await guess(values, placeholder(pending), last);
  if (last.startsWith('-')) return only(optionsOf(command), last);
  return await guess(values, argumentAt(command, before), last);
}

async function guess(values: Values, name: string | undefined, start: string): Promise<Candidates> {
  const found = name === undefined ? undefined : await values.of(name);
  return { values: startingWith(found?.values ?? [], start), files: found?.files ?? false };
}

const only = (values: readonly Candidate[], start: string): Candidates => ({
  values: startingWith(values, start),
  files: false,
});

const startingWith = (values: readonly Candidate[], start: string): Candidate[] =>
  values.filter(({ value }) => value.startsWith(start));

const optionsOf = (command: Command): Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, description }) => (long ? [{ value: long, description }] : []));

/** The option that the word before gave without its value. */
function valueOption(command: Command, word: string): Option | undefined {
  return command.options.find(
    (option) => (option.required || option.optional) && (option.long === word || option.short === word),
  );
}

/** `cloud` of `--cloud <cloud>`. */
const placeholder = ({ flags }: Option): string | undefined =>
  /[<[](?<name>[\w-]+)/u.exec(flags)?.groups?.['name'];

/** What the next positional argument is called. */
function argumentAt(command: Command, before: readonly string[]): string | undefined {
  let given = -1; // the command's own name
  for (const [index, word] of before.entries()) {
    const ofOption = valueOption(command, before[index - 1] ?? '') !== undefined;
    if (!word.startsWith('-') && !ofOption) given++;
  }
  const { registeredArguments: all } = command;
  const last = all.at(-1);
  return (all[given] ?? (last?.variadic ? last : undefined))?.name();
}
