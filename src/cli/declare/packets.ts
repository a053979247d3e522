import type { Command } from 'commander';
import type { Declare } from '../program.ts';
import { withCloudOption } from './options.ts';
import { wholeNumber } from './values.ts';

export function declarePackets(declare: Declare): void {
  declare({
    usage: 'ping <from> <to>',
    summary: 'Send an ICMP echo and show the whole way of every packet',
    description:
      'Compares what happens with what must happen. Exit code 0: as expected; 1: not; 5: captures missed frames.',
    configure: packetOptions,
    examples: [
      ['netdojo ping web1 web2', 'between two servers'],
      ['netdojo ping web1 web2 --bridges', 'and what each bridge did'],
      ['netdojo ping web1 10.0.1.99', 'to an address'],
      ['netdojo ping web1 web2 --size 1422 --df', 'as large as a VXLAN network takes'],
    ],
    load: async () => (await import('../commands/ping.ts')).ping,
  });
  declare({
    usage: 'send <from> <to>',
    summary: 'Send a UDP datagram and show the whole way of every packet',
    configure: (command) =>
      packetOptions(command.option('--udp <port>', 'destination port', wholeNumber(1, 65_535), 4321)),
    examples: [['netdojo send web1 web2 --udp 53', 'to port 53']],
    load: async () => (await import('../commands/send.ts')).send,
  });
  declare({
    usage: 'capture [point...]',
    summary: 'Show packets at a point as they pass; Ctrl-C ends',
    description:
      'A point is an end of a cable: web1 (or web1:eth0) is a server’s NIC, compute1:eth1 an uplink.\n' +
      'Several points are shown side by side; all means every one.',
    configure: (command) =>
      withCloudOption(
        command
          .option('--list', 'list the points')
          .option('-c, --count <number>', 'end after so many packets', wholeNumber(1, 1_000_000_000))
          .option('-w, --write <file>', 'write pcapng there instead; - is standard output'),
      ),
    examples: [
      ['netdojo capture web1', 'what a server sends and gets'],
      ['netdojo capture compute1:eth1 -w - | wireshark -k -i -', 'a cable, in Wireshark, live'],
    ],
    load: async () => (await import('../commands/capture.ts')).capture,
  });
  declare({
    usage: 'paths [document]',
    summary: 'Compare the ways that routers give: hosts touched, cables crossed, TTL',
    description:
      'Builds the cloud, sends an echo of each kind through each of its routers, judges it there and back, and takes\n' +
      'the cloud down. Without a document: juno-routers, a legacy router, a distributed one, and one with ha too.',
    configure: (command) =>
      command
        .option('--markdown', 'print the table as Markdown')
        .option('--no-setup', 'install nothing; fail where something is missing'),
    examples: [
      ['netdojo paths', 'legacy, DVR and DVR + HA beside each other'],
      ['netdojo paths classic-routed', 'the routers of another cloud'],
    ],
    load: async () => (await import('../commands/paths.ts')).paths,
  });
}

const packetOptions = (command: Command): Command =>
  withCloudOption(
    command
      .option('-c, --count <number>', 'how many', wholeNumber(1, 1000), 1)
      .option('-s, --size <bytes>', 'bytes of payload, 16 at least', wholeNumber(16, 65_507))
      .option('--df', 'do not fragment')
      .option('--ttl <number>', 'time to live', wholeNumber(1, 255))
      .option('--bridges', 'tell also which flows the packets met, and who asked for them')
      .option('--report', 'write a report bundle to reports/'),
  );
