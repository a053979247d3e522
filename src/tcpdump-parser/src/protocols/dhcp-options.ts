import { ipv4At } from '../address.ts';
import type { ByteBuilder } from '../byte-builder.ts';
import { type BytesLike, concat, EMPTY, toBytes, u8 } from '../bytes.ts';
import { EncodeError } from '../error.ts';

/** An option of a DHCP message (RFC 2132). `offset` and `length` are its bytes in the frame, code and length byte included. */
export interface DhcpOption {
  readonly code: number;
  readonly offset: number;
  readonly length: number;
  /** What follows the code and length bytes. */
  readonly data: Uint8Array;
}

/** An option to write: `data` without the code and length bytes. More than 255 bytes are split (RFC 3396). */
export interface DhcpOptionSpec {
  readonly code: number;
  readonly data?: BytesLike;
}

/** A route of option 121 (RFC 3442) or of Microsoft's 249. */
export interface ClasslessRoute {
  /** As `10.1.0.0/16`. */
  readonly destination: string;
  readonly router: string;
}

export const DHCP_OPTION = {
  pad: 0,
  subnetMask: 1,
  routers: 3,
  dnsServers: 6,
  hostName: 12,
  domainName: 15,
  interfaceMtu: 26,
  requestedAddress: 50,
  leaseTime: 51,
  messageType: 53,
  serverIdentifier: 54,
  parameterRequestList: 55,
  renewalTime: 58,
  rebindingTime: 59,
  clientIdentifier: 61,
  tftpServerName: 66,
  bootFileName: 67,
  classlessRoutes: 121,
  microsoftClasslessRoutes: 249,
  end: 255,
} as const;

/** The options in a range, up to the end option or the first that is not whole. Padding is left out. */
export function readDhcpOptions(frame: Uint8Array, from: number, to: number): DhcpOption[] {
  const options: DhcpOption[] = [];
  let at = from;
  while (at < to) {
    const code = u8(frame, at);
    if (code === DHCP_OPTION.pad) {
      at++;
      continue;
    }
    if (code === DHCP_OPTION.end) {
      options.push({ code, offset: at, length: 1, data: EMPTY });
      break;
    }
    const length = at + 1 < to ? 2 + u8(frame, at + 1) : Number.POSITIVE_INFINITY;
    if (at + length > to) break;
    options.push({ code, offset: at, length, data: frame.subarray(at + 2, at + length) });
    at += length;
  }
  return options;
}

/** The data of an option; several of the same code belong together (RFC 3396). */
export function optionData(options: readonly DhcpOption[], code: number): Uint8Array | undefined {
  const parts = options.filter((option) => option.code === code);
  if (parts.length <= 1) return parts[0]?.data;
  return concat(...parts.map((part) => part.data));
}

/** The addresses in an option's data. */
export function addressList(data: Uint8Array): string[] {
  return Array.from({ length: Math.floor(data.length / 4) }, (_, i) => ipv4At(data, 4 * i));
}

/** Reads the routes of RFC 3442: width of the prefix, its significant bytes, the router. Stops at the first that makes no sense. */
export function readRoutes(data: Uint8Array): ClasslessRoute[] {
  const routes: ClasslessRoute[] = [];
  let at = 0;
  while (at < data.length) {
    const width = u8(data, at);
    const significant = Math.ceil(width / 8);
    if (width > 32 || at + 1 + significant + 4 > data.length) break;
    const prefix = new Uint8Array(4);
    prefix.set(data.subarray(at + 1, at + 1 + significant));
    routes.push({ destination: `${ipv4At(prefix, 0)}/${width}`, router: ipv4At(data, at + 1 + significant) });
    at += 1 + significant + 4;
  }
  return routes;
}

/** Writes options, and the end option unless the list ends with it. */
export function writeDhcpOptions(builder: ByteBuilder, options: readonly DhcpOptionSpec[]): void {
  for (const { code, data } of options) {
    builder.u8(code, 'dhcp.option.code');
    if (code === DHCP_OPTION.pad || code === DHCP_OPTION.end) continue;
    let rest = toBytes(data ?? EMPTY);
    while (rest.length > 255) {
      builder.u8(255, 'dhcp.option').bytes(rest.subarray(0, 255)).u8(code, 'dhcp.option.code');
      rest = rest.subarray(255);
    }
    builder.u8(rest.length, 'dhcp.option length').bytes(rest);
  }
  if (options.at(-1)?.code !== DHCP_OPTION.end) builder.u8(DHCP_OPTION.end, 'dhcp.option.code');
}

/** The data of a classless route option (RFC 3442). Throws {@link EncodeError} for a destination that is no prefix. */
export function encodeRoutes(builder: ByteBuilder, routes: readonly ClasslessRoute[]): void {
  for (const { destination, router } of routes) {
    const [address = '', width] = destination.split('/');
    const bits = Number(width);
    if (!Number.isInteger(bits) || bits < 0 || bits > 32)
      throw new EncodeError('TCPDUMP_BAD_ADDRESS', `not an IPv4 prefix: ${destination.slice(0, 60)}`);
    const start = builder.length;
    builder.u8(bits, 'dhcp.route').ipv4(address);
    builder.truncate(start + 1 + Math.ceil(bits / 8)).ipv4(router);
  }
}
