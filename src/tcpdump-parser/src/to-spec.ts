import type { Layer, Protocol, SpecOf } from './layers.ts';

/** What the encoder computes when it is not given. Also what toJSON says of a layer's place. */
const COMPUTED: ReadonlySet<string> = new Set([
  'offset',
  'length',
  'quoted',
  'headerLength',
  'totalLength',
  'payloadLength',
  'optionsLength',
  'headerChecksum',
  'checksum',
  'addressCount',
  'questionCount',
  'answerCount',
  'authorityCount',
  'additionalCount',
]);

/**
 * A dissected layer as plain fields for {@link encode}, without lengths, counts and checksums, so that these are computed
 * anew when another field or the payload has been changed: `{ ...toSpec(layer), ttl: 1 }`.
 */
export function toSpec<L extends Layer>(layer: L): SpecOf<L['protocol']> {
  const spec = Object.fromEntries(Object.entries(layer.toJSON()).filter(([name]) => !COMPUTED.has(name)));
  const { protocol }: { protocol: Protocol } = layer;
  // What is absent stays absent.
  if (protocol === 'gre' && spec['checksumPresent'] === true) spec['checksum'] = true;
  if (protocol === 'udp' && layer.protocol === 'udp' && layer.checksum === 0) spec['checksum'] = 0;
  // Below 1536 it is a length (IEEE 802.3 3.2.6).
  if ((protocol === 'ethernet' || protocol === 'vlan') && Number(spec['etherType']) < 0x600)
    delete spec['etherType'];
  return spec as unknown as SpecOf<L['protocol']>;
}
