import { ipv6At } from '../address.ts';
import { ByteBuilder } from '../byte-builder.ts';
import { type BytesLike, toBytes, u8, u16, u32 } from '../bytes.ts';
import { readName, writeName } from './dns-name.ts';

/** An identity association for addresses (RFC 8415 21.4). Times are in seconds. */
export interface IdentityAssociation {
  readonly id: number;
  readonly renewTime: number;
  readonly rebindTime: number;
}

/** An address of an identity association (RFC 8415 21.6). Lifetimes are in seconds. */
export interface IdentityAddress {
  readonly address: string;
  readonly preferredLifetime: number;
  readonly validLifetime: number;
}

interface Dhcpv6Values {
  /** Option 3, IA_NA; what it holds is in `options`. */
  readonly identityAssociation?: IdentityAssociation;
  /** Option 5, IAADDR; what it holds is in `options`. */
  readonly identityAddress?: IdentityAddress;
  /** Option 6. */
  readonly requestedOptions?: readonly number[];
  /** Option 13; 0 is success. */
  readonly statusCode?: number;
  /** Option 23 (RFC 3646). */
  readonly dnsServers?: readonly string[];
  /** Option 24 (RFC 3646). */
  readonly domainSearch?: readonly string[];
}

/** An option of a DHCPv6 message (RFC 8415 21). `offset` and `length` are its bytes in the frame, code and length field included. */
export interface Dhcpv6Option extends Dhcpv6Values {
  readonly code: number;
  readonly offset: number;
  readonly length: number;
  /** What follows the code and length fields. */
  readonly data: Uint8Array;
  readonly options?: readonly Dhcpv6Option[];
}

/** An option to write: `data` as it is, or one of the values (with `options` inside the first two). */
export interface Dhcpv6OptionSpec extends Dhcpv6Values {
  readonly code: number;
  readonly data?: BytesLike;
  readonly options?: readonly Dhcpv6OptionSpec[];
}

/** An address lies in an association and a status in an address; deeper nesting is not read. */
const MAX_DEPTH = 3;

/** The options in a range, up to the first that is not whole. */
export function readDhcpv6Options(frame: Uint8Array, from: number, to: number, depth = 0): Dhcpv6Option[] {
  const options: Dhcpv6Option[] = [];
  let at = from;
  while (at + 4 <= to) {
    const code = u16(frame, at);
    const end = at + 4 + u16(frame, at + 2);
    if (end > to) break;
    options.push({
      code,
      offset: at,
      length: end - at,
      data: frame.subarray(at + 4, end),
      ...values(frame, code, at + 4, end, depth),
    });
    at = end;
  }
  return options;
}

function values(
  frame: Uint8Array,
  code: number,
  at: number,
  end: number,
  depth: number,
): Dhcpv6Values & { options?: Dhcpv6Option[] } {
  const size = end - at;
  const inner = (start: number): { options?: Dhcpv6Option[] } =>
    depth < MAX_DEPTH ? { options: readDhcpv6Options(frame, start, end, depth + 1) } : {};
  if (code === 3 && size >= 12)
    return {
      identityAssociation: {
        id: u32(frame, at),
        renewTime: u32(frame, at + 4),
        rebindTime: u32(frame, at + 8),
      },
      ...inner(at + 12),
    };
  if (code === 5 && size >= 24)
    return {
      identityAddress: {
        address: ipv6At(frame, at),
        preferredLifetime: u32(frame, at + 16),
        validLifetime: u32(frame, at + 20),
      },
      ...inner(at + 24),
    };
  if (code === 6)
    return { requestedOptions: Array.from({ length: size >>> 1 }, (_, i) => u16(frame, at + 2 * i)) };
  if (code === 13 && size >= 2) return { statusCode: u16(frame, at) };
  if (code === 23)
    return { dnsServers: Array.from({ length: size >>> 4 }, (_, i) => ipv6At(frame, at + 16 * i)) };
  if (code === 24) return { domainSearch: readNames(frame, at, end) };
  return {};
}

/** Names without compression, one after the other (RFC 8415 10). */
function readNames(frame: Uint8Array, from: number, to: number): string[] {
  const names: string[] = [];
  let at = from;
  while (at < to && u8(frame, at) !== 0) {
    const name = readName(frame, at, from, to);
    if (!name) break;
    names.push(name.name);
    at = name.next;
  }
  return names;
}

/** Writes options behind what `builder` holds. */
export function writeDhcpv6Options(builder: ByteBuilder, options: readonly Dhcpv6OptionSpec[]): void {
  for (const option of options) {
    const data = option.data === undefined ? encodeValues(option) : toBytes(option.data);
    builder.u16(option.code, 'dhcpv6.option.code').u16(data.length, 'dhcpv6.option length').bytes(data);
  }
}

function encodeValues(option: Dhcpv6OptionSpec): Uint8Array {
  const builder = new ByteBuilder();
  const { identityAssociation: ia, identityAddress: address } = option;
  if (ia)
    builder
      .u32(ia.id, 'dhcpv6.id')
      .u32(ia.renewTime, 'dhcpv6.renewTime')
      .u32(ia.rebindTime, 'dhcpv6.rebindTime');
  else if (address)
    builder
      .ipv6(address.address)
      .u32(address.preferredLifetime, 'dhcpv6.preferredLifetime')
      .u32(address.validLifetime, 'dhcpv6.validLifetime');
  else if (option.statusCode !== undefined) builder.u16(option.statusCode, 'dhcpv6.statusCode');
  for (const code of option.requestedOptions ?? []) builder.u16(code, 'dhcpv6.requestedOptions');
  for (const server of option.dnsServers ?? []) builder.ipv6(server);
  for (const name of option.domainSearch ?? []) writeName(builder, name);
  writeDhcpv6Options(builder, option.options ?? []);
  return builder.build();
}
