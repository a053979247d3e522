import type { Declare } from '../program.ts';

export function declareMachine(declare: Declare): void {
  declare({
    usage: 'doctor',
    summary: 'Say what this machine allows, what follows, and what to do about it',
    examples: [['netdojo doctor', 'exit code 3 when something essential is missing']],
    load: async () => (await import('../commands/doctor.ts')).doctor,
  });
  declare({
    usage: 'gc',
    summary: 'Remove what dead processes left behind',
    configure: (command) =>
      command.option('--all', 'everything of ours: clouds that are meant to stay or in use, old images'),
    examples: [
      ['netdojo gc', 'only what nobody owns any more'],
      ['netdojo gc --all', 'everything'],
    ],
    load: async () => (await import('../commands/gc.ts')).gc,
  });
  declare({
    usage: 'completion <shell>',
    summary: 'Print a completion script for bash, zsh or fish',
    examples: [
      ['source <(netdojo completion bash)', 'for this shell'],
      ['netdojo completion fish > ~/.config/fish/completions/netdojo.fish', 'for good'],
    ],
    load: async () => (await import('../commands/completion.ts')).completion,
  });
  declare({
    usage: '__complete [words...]',
    summary: 'What could stand at the end of a command line',
    hidden: true,
    examples: [],
    load: async () => (await import('../commands/complete.ts')).complete,
  });
}
