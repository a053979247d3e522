import type { Command } from 'commander';
import { withCloudOption } from './options.ts';
import { cloudName } from './values.ts';
import type { Declare } from '../program.ts';

const NO_SETUP = ['--no-setup', 'install nothing; fail where something is missing'] as const;

export function declareClouds(declare: Declare): void {
  declare({
    usage: 'up [document]',
    summary: 'Bring a cloud up and leave it running',
    description: 'The document is a path or the name of a shipped one; l2-demo when left out.',
    configure: (command) =>
      command
        .option('--name <name>', 'call it so instead of by its own name', cloudName)
        .option('--target <target>', 'system under test', 'ml2-ovs')
        .option('--dry-run', 'print what would be built, and build nothing')
        .option(...NO_SETUP),
    examples: [
      ['netdojo up', 'the demo cloud'],
      ['netdojo up my-cloud.yaml --name mine', 'a document of yours, under another name'],
    ],
    load: async () => (await import('../commands/up.ts')).up,
  });
  declare({
    usage: 'apply [document]',
    summary: 'Change a running cloud to what its document says now',
    description:
      'Only the difference is carried out. The cloud is the one that bears the document’s name, or --cloud.\n' +
      'Without a document: the one that the cloud was last made from.',
    configure: withCloudOption,
    examples: [['netdojo apply my-cloud.yaml', 'after an edit']],
    load: async () => (await import('../commands/apply.ts')).apply,
  });
  declare({
    usage: 'plan [document]',
    summary: 'Show what apply would change, and change nothing',
    description: 'Where no cloud of that name is up: what up would build.',
    configure: withCloudOption,
    examples: [
      ['netdojo plan my-cloud.yaml', 'what would change'],
      ['netdojo plan my-cloud.yaml --json', 'the same for programs'],
    ],
    load: async () => (await import('../commands/plan.ts')).plan,
  });
  declare({
    usage: 'down [cloud]',
    summary: 'Take a cloud down',
    configure: (command) => command.option('--all', 'take down all clouds that are meant to stay'),
    examples: [
      ['netdojo down', 'the only one that is up'],
      ['netdojo down l2-demo', 'by name'],
    ],
    load: async () => (await import('../commands/down.ts')).down,
  });
  declare({
    usage: 'ls',
    summary: 'List the clouds that are up',
    examples: [['netdojo ls --json', 'for programs']],
    load: async () => (await import('../commands/ls.ts')).ls,
  });
  declare({
    usage: 'inspect [cloud]',
    summary: 'Show servers, hosts, addresses, ports and local VLANs',
    configure: (command) =>
      command
        .option('--flows <node>', 'the flows that a node holds now, with packets and who asked for them')
        .option('--state', 'all that the nodes must hold, as JSON'),
    examples: [
      ['netdojo inspect', 'the only cloud that is up'],
      ['netdojo inspect --flows compute1', 'what its bridges do'],
    ],
    load: async () => (await import('../commands/inspect.ts')).inspect,
  });
  declare({
    usage: 'graph [document]',
    summary: 'Draw a cloud: hosts, bridges, servers, networks, cables',
    description: 'Of a document, or without one of the running cloud. As mermaid unless told otherwise.',
    configure: (command) =>
      withCloudOption(
        command
          .option('--svg', 'as a drawing that stands alone')
          .option('--mermaid', 'as text that forges and editors draw')
          .option('-o, --output <file>', 'write there; .svg means --svg'),
      ),
    examples: [
      ['netdojo graph l2-demo -o cloud.svg', 'a drawing'],
      ['netdojo graph l2-demo', 'mermaid on standard output'],
    ],
    load: async () => (await import('../commands/graph.ts')).graph,
  });
  declare({
    usage: 'exec <place> <command...>',
    summary: 'Run a command in a node or a server',
    description: 'The exit code is the command’s own.',
    configure: (command) => interactive(withCloudOption(command)),
    examples: [
      ['netdojo exec web1 -- ip address', 'in a server'],
      ['netdojo exec compute1 -- ovs-vsctl show', 'in a node'],
    ],
    load: async () => (await import('../commands/exec.ts')).exec,
  });
  declare({
    usage: 'shell <place>',
    summary: 'Open a shell in a node or a server',
    configure: withCloudOption,
    examples: [
      ['netdojo shell web1', 'look around in a server'],
      ['netdojo shell compute1', 'or in a node'],
    ],
    load: async () => (await import('../commands/shell.ts')).shell,
  });
}

const interactive = (command: Command): Command =>
  command.option('-i, --interactive', 'pass standard input on to the command');
