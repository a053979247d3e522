import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { PcapWriter } from 'tcpdump-parser';
import { benchDecode } from '../../tcpdump-parser/bench/decode.ts';
import { echoRequest } from '../frames.ts';
import type { Bench } from '../lab.ts';
import { fileHere, installed } from '../programs.ts';
import { notMeasured, row } from '../result.ts';
import { type Goal, interleave, timed } from '../statistics.ts';

const PACKETS = 200_000;
const PEER_GOAL: Goal = { of: 'ratio', is: 'at least', limit: 8 };
const RATE_GOAL: Goal = { of: 'value', is: 'at least', limit: 500_000 };
const FIELDS = ['eth.src', 'eth.dst', 'ip.src', 'ip.dst', 'ip.ttl', 'vxlan.vni', 'icmp.ident', 'icmp.seq'];

/** Frames a second of one core; and a whole file, beside tshark: two programs from start to end, the same lines of text. */
export const decode: Bench = {
  name: 'decode',
  run: async (lab) => {
    const rates = Array.from({ length: lab.repeat }, () => benchDecode().packetsPerSecond);
    const rate = row('decode', rates, { unit: 'packets/s', goal: RATE_GOAL });
    const name = `decode, a file of ${PACKETS / 1000} k packets`;
    const tshark = installed('tshark');
    if (tshark === undefined) {
      return [rate, notMeasured(name, 'tshark is not installed', { goal: PEER_GOAL })];
    }
    const folder = mkdtempSync(join(tmpdir(), 'netdojo-bench-'));
    try {
      const file = join(folder, 'frames.pcap');
      await writeFrames(file);
      const fields = FIELDS.flatMap((field) => ['-e', field]);
      const { ours, theirs } = await interleave(lab.repeat, {
        ours: () => silently(process.execPath, [fileHere('entries/cached.mjs'), 'decode-file.ts', file]),
        theirs: () => silently(tshark, ['-n', '-r', file, '-T', 'fields', ...fields]),
      });
      const peer = { name: 'tshark -T fields', values: theirs, faster: true };
      return [rate, row(name, ours, { goal: PEER_GOAL, peer })];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function writeFrames(file: string): Promise<void> {
  const writer = new PcapWriter();
  for (let i = 0; i < PACKETS; i++) {
    writer.addPacket({ timestamp: 1_000_000_000n + BigInt(i) * 1000n, data: echoRequest(i).outside });
  }
  const stream = createWriteStream(file);
  stream.end(writer.take());
  await once(stream, 'close');
}

/** Milliseconds of a program whose lines nobody reads. */
async function silently(program: string, args: readonly string[]): Promise<number> {
  const { execa } = await import('execa');
  return timed(() => execa(program, [...args], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' }));
}
