import type { Declare } from '../program.ts';
import { wholeNumber } from './values.ts';

export function declareTests(declare: Declare): void {
  declare({
    usage: 'demo',
    summary: 'Build the demo cloud, send packets, check their ways, report, take all down',
    configure: (command) => command.option('--no-setup', 'install nothing; fail where something is missing'),
    examples: [['netdojo demo', 'what npm start runs']],
    load: async () => (await import('../commands/demo.ts')).demo,
  });
  declare({
    usage: 'test [filter...]',
    summary: 'Run the scenarios, all or those whose file matches',
    configure: (command) =>
      command
        .option('--target <target>', 'system under test', 'ml2-ovs')
        .option('-t, --name <pattern>', 'only scenarios whose name matches'),
    examples: [
      ['netdojo test l2', 'those of one capability'],
      ['netdojo test --json', 'each scenario with its capability and result'],
    ],
    load: async () => (await import('../commands/test.ts')).test,
  });
  declare({
    usage: 'bench',
    summary: 'Measure speed and memory against the goals',
    configure: (command) =>
      command
        .option(
          '--filter <words>',
          'only benchmarks whose name contains one of these words, parted by commas',
        )
        .option('--repeat <number>', 'rounds of what is cheap', wholeNumber(1, 1000))
        .option('--markdown', 'print the table as markdown'),
    examples: [
      ['netdojo bench', 'all of them, in some minutes'],
      ['netdojo bench --filter up,down --json', 'two of them, for programs'],
    ],
    load: async () => (await import('../commands/bench.ts')).bench,
  });
  declare({
    usage: 'validate <document...>',
    summary: 'Check documents and list every mistake with its place',
    examples: [['netdojo validate my-cloud.yaml', 'exit code 2 when something is wrong']],
    load: async () => (await import('../commands/validate.ts')).validate,
  });
}
