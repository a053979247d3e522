import { dissect, encode, type LayerSpec } from '../src/index.ts';

function frames(): Uint8Array[] {
  const outer: LayerSpec[] = [
    { protocol: 'ethernet', source: '02:00:00:00:01:01', destination: '02:00:00:00:01:02' },
    { protocol: 'ipv4', source: '198.51.100.1', destination: '198.51.100.2' },
    { protocol: 'udp', destinationPort: 4789, checksum: 0 },
    { protocol: 'vxlan', vni: 77 },
  ];
  return Array.from({ length: 64 }, (_, i) => {
    const inner: LayerSpec[] = [
      { protocol: 'ethernet', source: `02:00:00:00:02:${10 + i}`, destination: '02:00:00:00:03:01' },
      { protocol: 'ipv4', source: `10.0.0.${i + 1}`, destination: '10.0.1.7', identification: i },
      i % 2 === 0
        ? {
            protocol: 'tcp',
            sourcePort: 40000 + i,
            sequence: i * 1000,
            acknowledgment: i,
            flags: { ack: true },
            options: [{ type: 1 }, { type: 1 }, { type: 8, data: '0000000100000002' }],
          }
        : { protocol: 'icmp', identifier: i, sequence: i },
    ];
    return encode([...outer, ...inner], new Uint8Array(56));
  });
}

/** Reads what a correlation of packets looks at, so that lazy fields are paid for. Returns a number that depends on all of it. */
function readFields(frame: Uint8Array): number {
  let sum = 0;
  const { layers, payloadEnd, payloadOffset } = dissect(frame);
  for (const layer of layers) {
    if (layer.protocol === 'ethernet') {
      sum += layer.source.length + layer.destination.length + layer.etherType;
    } else if (layer.protocol === 'ipv4') {
      sum += layer.source.length + layer.destination.length + layer.ttl + layer.identification;
      sum += layer.totalLength + layer.nextProtocol + layer.headerChecksum;
    } else if (layer.protocol === 'udp') {
      sum += layer.sourcePort + layer.destinationPort;
    } else if (layer.protocol === 'vxlan') {
      sum += layer.vni;
    } else if (layer.protocol === 'tcp') {
      sum += layer.sourcePort + layer.destinationPort + layer.sequence + layer.acknowledgment;
      sum += layer.flagBits + layer.window;
    } else if (layer.protocol === 'icmp') {
      sum += layer.type + (layer.identifier ?? 0) + (layer.sequence ?? 0);
    }
  }
  return sum + payloadEnd - payloadOffset;
}

/** The time, in seconds, for which this thread has had a processor: what else runs on the machine does not count. */
function processorSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

/**
 * Decodes VXLAN frames with TCP or ICMP inside for about `milliseconds` of processor time and reads their fields,
 * addresses as strings included. The rate is that of one core.
 */
export function benchDecode(milliseconds = 400): { packetsPerSecond: number } {
  const corpus = frames();
  let sum = 0;
  const round = (rounds: number): number => {
    for (let i = 0; i < rounds; i++) for (const frame of corpus) sum += readFields(frame);
    return rounds * corpus.length;
  };
  // The compiler needs some thousand frames before it knows the code.
  round(300);
  let count = 0;
  let seconds = 0;
  const start = processorSeconds();
  while (seconds * 1000 < milliseconds) {
    count += round(20);
    seconds = processorSeconds() - start;
  }
  // The sum is used, so that nothing of the work can be left out.
  if (sum === 0) throw new Error('nothing was decoded');
  return { packetsPerSecond: Math.round(count / seconds) };
}

if (import.meta.main) console.log(JSON.stringify(benchDecode(2000)));
