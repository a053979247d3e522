/** A field as Wireshark shows it. */
export interface WiresharkField {
  readonly name: string;
  readonly position: number;
  readonly size: number;
  readonly show: string;
}

/** A packet of a PDML file: all its fields in order, and the names of its protocols. */
export interface WiresharkPacket {
  readonly fields: WiresharkField[];
  readonly protocols: string[];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name: string) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name] ?? whole;
  });
}

function attributes(text: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(text.matchAll(/(\w+)="([^"]*)"/g), (match) => [match[1], unescape(match[2] as string)]),
  );
}

/** Reads what `tshark -T pdml` writes; no other XML. */
export function parsePdml(xml: string): WiresharkPacket[] {
  const packets: WiresharkPacket[] = [];
  for (const [, tag, rest] of xml.matchAll(/<(packet|proto|field)\b([^>]*)>/g)) {
    if (tag === 'packet') packets.push({ fields: [], protocols: [] });
    const packet = packets.at(-1);
    if (tag === 'packet' || !packet) continue;
    const { name = '', pos = '0', size = '0', show = '' } = attributes(rest as string);
    if (tag === 'proto') packet.protocols.push(name);
    // An extension header is a branch of its IP header rather than a protocol.
    else packet.fields.push({ name, position: Number(pos), size: Number(size), show });
  }
  return packets;
}
