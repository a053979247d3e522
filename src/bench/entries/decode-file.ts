/** The fields that the comparison asks tshark for, of every packet of a capture file, a line each. */
import { createReadStream, writeSync } from 'node:fs';
import { CaptureParser, dissect, type Packet } from 'tcpdump-parser';

const joined = (text: string, value: string | number | undefined): string =>
  text === '' ? `${value}` : `${text},${value}`;

function line({ data, linkType }: Packet): string {
  let [source, destination, from, to, ttl, vni, identifier, sequence] = ['', '', '', '', '', '', '', ''];
  for (const layer of dissect(data, { linkType }).layers) {
    if (layer.protocol === 'ethernet') {
      source = joined(source, layer.source);
      destination = joined(destination, layer.destination);
    } else if (layer.protocol === 'ipv4') {
      from = joined(from, layer.source);
      to = joined(to, layer.destination);
      ttl = joined(ttl, layer.ttl);
    } else if (layer.protocol === 'vxlan') vni = joined(vni, layer.vni);
    else if (layer.protocol === 'icmp') {
      identifier = joined(identifier, layer.identifier);
      sequence = joined(sequence, layer.sequence);
    }
  }
  return `${source}\t${destination}\t${from}\t${to}\t${ttl}\t${vni}\t${identifier}\t${sequence}\n`;
}

const parser = new CaptureParser();
const chunks = createReadStream(process.argv[2] ?? '', { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>;
for await (const chunk of chunks) {
  let text = '';
  for (const packet of parser.push(chunk)) text += line(packet);
  writeSync(1, text);
}
parser.end();
