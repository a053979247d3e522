import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checksums, type Dissection, dissect, type Layer, PcapngWriter } from './index.ts';
import { corpus, type Sample } from './testing/corpus.ts';
import type { Entry } from './testing/mapping.ts';
import { parsePdml, type WiresharkField, type WiresharkPacket } from './testing/pdml.ts';
import { WIRESHARK_FIELDS } from './testing/tshark-fields.ts';

const PREFERENCES = {
  'tcp.relative_sequence_numbers': false,
  'tcp.analyze_sequence_numbers': false,
  'tcp.desegment_tcp_streams': false,
  'ip.defragment': false,
  'ipv6.defragment': false,
  'ip.check_checksum': true,
  'tcp.check_checksum': true,
  'udp.check_checksum': true,
  'sctp.checksum': 'CRC 32c',
};

/** One run of tshark over all samples. */
function wireshark(samples: readonly Sample[]): WiresharkPacket[] {
  const writer = new PcapngWriter();
  const interfaces = new Map<number, number>();
  for (const { frame, linkType = 1 } of samples) {
    const interfaceId = interfaces.get(linkType) ?? writer.addInterface({ linkType });
    interfaces.set(linkType, interfaceId);
    writer.addPacket({ timestamp: 0n, interfaceId, data: frame });
  }
  const options = Object.entries(PREFERENCES).flatMap(([name, value]) => ['-o', `${name}:${value}`]);
  // A file, because tshark refuses to read a capture from a socket, which is what a child's standard input is.
  const folder = mkdtempSync(join(tmpdir(), 'tcpdump-parser-'));
  try {
    const file = join(folder, 'corpus.pcapng');
    writeFileSync(file, writer.take());
    const xml = execFileSync('tshark', ['-n', ...options, '-r', file, '-T', 'pdml'], {
      maxBuffer: 64 * 1024 * 1024,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return parsePdml(xml);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What was compared, and what could not be. */
interface Report {
  readonly compared: Set<string>;
  readonly problems: string[];
}

/** Compares a field, or what it consists of, with what Wireshark shows in the same bytes. */
function compare(
  path: string,
  values: readonly unknown[],
  entry: Entry | undefined,
  theirs: readonly WiresharkField[],
  report: Report,
): void {
  report.compared.add(path);
  if (!entry) {
    report.problems.push(`${path}: the tables in testing/wireshark-*.ts do not list it`);
  } else if ('each' in entry) {
    const items = values.flat() as Record<string, unknown>[];
    for (const key of new Set(items.flatMap((item) => Object.keys(item)))) {
      const parts = items.map((item) => item[key]).filter((part) => part !== undefined);
      compare(`${path}.${key}`, parts, entry.each[key], theirs, report);
    }
  } else if ('names' in entry) {
    const { names, say = (value: unknown) => value, hear = (show: string) => show, optional } = entry;
    const shown = theirs
      .filter((field) => names.includes(field.name))
      .map((field) => canonical(hear(field.show)));
    const ours = values.flatMap(say).flat().map(canonical);
    if (optional && shown.length === 0 && ours.every((value) => value === '0')) return;
    if (JSON.stringify(ours) !== JSON.stringify(shown))
      report.problems.push(`${path}: ours ${ours.join()}, Wireshark's ${names.join('/')} ${shown.join()}`);
  }
}

function canonical(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  const text = String(value);
  return /^(0x[0-9a-f]+|0|[1-9]\d*)$/i.test(text) ? String(Number(text)) : text;
}

function compareLayer(layer: Layer, packet: WiresharkPacket, report: Report): void {
  const json = layer.toJSON();
  for (const name of layer.fieldNames()) {
    const range = layer.byteRange(name) as { offset: number; length: number };
    // Wireshark gives masked fields the bytes of the whole word, so the ranges must meet rather than be the same.
    const theirs = packet.fields.filter(
      ({ position, size }) =>
        size > 0 && position < range.offset + range.length && position + size > range.offset,
    );
    if (json[name] === undefined) report.problems.push(`${layer.protocol}.${name}: has a place but no value`);
    else
      compare(
        `${layer.protocol}.${name}`,
        [json[name]],
        WIRESHARK_FIELDS[layer.protocol][name],
        theirs,
        report,
      );
  }
}

const CHECKSUM_FIELDS: Readonly<Record<string, string>> = {
  ipv4: 'ip.checksum.status',
  tcp: 'tcp.checksum.status',
  udp: 'udp.checksum.status',
  icmp: 'icmp.checksum.status',
  icmpv6: 'icmpv6.checksum.status',
  igmp: 'igmp.checksum.status',
  gre: 'gre.checksum.status',
  sctp: 'sctp.checksum.status',
  vrrp: 'vrrp.checksum.status',
};

function compareChecksums(dissection: Dissection, packet: WiresharkPacket, report: Report): void {
  for (const { layer, status } of checksums(dissection)) {
    const name = CHECKSUM_FIELDS[layer.protocol];
    const field = packet.fields.find(
      (candidate) =>
        candidate.name === name &&
        candidate.position >= layer.offset &&
        candidate.position < layer.offset + layer.length,
    );
    const theirs = ['wrong', 'right', 'unknown', 'absent'][Number(field?.show ?? 2)];
    report.compared.add(`${layer.protocol} checksum ${theirs}`);
    // Wireshark leaves quoted packets and fragments alone, as we do, and some others besides.
    if (theirs !== 'unknown' && theirs !== status)
      report.problems.push(`${layer.protocol} checksum: ours is ${status}, Wireshark's ${theirs}`);
  }
}

const NAMES: Readonly<Record<string, string>> = {
  eth: 'ethernet',
  sll: 'linuxCooked',
  ieee8021ad: 'vlan',
  ip: 'ipv4',
};

test('every field has the value and the place that Wireshark gives it', (context) => {
  if (spawnSync('tshark', ['--version']).error)
    context.skip('tshark is not installed: the dissector is not compared with Wireshark');
  const samples = corpus();
  const packets = wireshark(samples);
  expect(packets).toHaveLength(samples.length);
  const compared = new Set<string>();
  const problems: string[] = [];
  for (const [i, sample] of samples.entries()) {
    const packet = packets[i] as WiresharkPacket;
    const report: Report = { compared, problems: [] };
    const dissection = dissect(sample.frame, { linkType: sample.linkType ?? 1 });
    for (const layer of dissection.layers) compareLayer(layer, packet, report);
    compareChecksums(dissection, packet, report);
    const ours = dissection.layers
      .map((layer) => layer.protocol)
      .filter((name) => !name.startsWith('ipv6') || name === 'ipv6');
    const theirs = packet.protocols
      .map((name) => NAMES[name] ?? name)
      .filter((name) => name in WIRESHARK_FIELDS);
    // What a relay carries is a message of its own for Wireshark and an option for us.
    if (sample.name !== 'DHCPv6 relay' && ours.join(' ') !== theirs.join(' '))
      report.problems.push(`the layers: ours ${ours.join(' ')}, Wireshark's ${theirs.join(' ')}`);
    problems.push(...report.problems.map((problem) => `${sample.name}: ${problem}`));
  }
  expect(problems).toEqual([]);
  // Nothing of the table may go untested, and there must have been checksums of each kind.
  const listed = Object.entries(WIRESHARK_FIELDS).flatMap(([protocol, fields]) =>
    Object.keys(fields).map((name) => `${protocol}.${name}`),
  );
  expect(listed.filter((path) => !compared.has(path))).toEqual([]);
  for (const protocol of ['ipv4', 'udp', 'tcp', 'icmp'])
    expect(compared).toContain(`${protocol} checksum wrong`);
  for (const protocol of Object.keys(CHECKSUM_FIELDS))
    expect(compared).toContain(`${protocol} checksum right`);
});
