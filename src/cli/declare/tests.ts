import type { Declare } from '../program.ts';

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
    usage: 'validate <document...>',
    summary: 'Check documents and list every mistake with its place',
    examples: [['netdojo validate my-cloud.yaml', 'exit code 2 when something is wrong']],
    load: async () => (await import('../commands/validate.ts')).validate,
  });
}
