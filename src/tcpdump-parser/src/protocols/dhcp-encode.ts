import { ByteBuilder } from '../byte-builder.ts';
import { type BytesLike, fromLatin1, toBytes } from '../bytes.ts';
import { EncodeError } from '../error.ts';
import {
  type ClasslessRoute,
  type DhcpOptionSpec,
  encodeRoutes,
  DHCP_OPTION as O,
  writeDhcpOptions,
} from './dhcp-options.ts';

/** What to write in a DHCP message. With `options`, exactly these are written and the named ones are ignored. */
export interface DhcpSpec {
  readonly protocol: 'dhcp';
  /** Default 1, from a client. */
  readonly operation?: number;
  readonly hardwareType?: number;
  readonly hardwareLength?: number;
  readonly hops?: number;
  readonly transactionId?: number;
  readonly seconds?: number;
  readonly broadcast?: boolean;
  readonly clientAddress?: string;
  readonly yourAddress?: string;
  readonly serverAddress?: string;
  readonly relayAddress?: string;
  readonly clientMac?: string;
  readonly serverName?: string;
  readonly file?: string;
  readonly options?: readonly DhcpOptionSpec[];
  readonly messageType?: number;
  readonly subnetMask?: string;
  readonly routers?: readonly string[];
  readonly dnsServers?: readonly string[];
  readonly hostName?: string;
  readonly domainName?: string;
  readonly interfaceMtu?: number;
  readonly requestedAddress?: string;
  readonly leaseTime?: number;
  readonly serverIdentifier?: string;
  readonly parameterRequestList?: readonly number[];
  readonly renewalTime?: number;
  readonly rebindingTime?: number;
  readonly clientIdentifier?: BytesLike;
  readonly tftpServerName?: string;
  readonly bootFileName?: string;
  readonly classlessRoutes?: readonly ClasslessRoute[];
}

function fixedText(value: string | undefined, length: number, field: string): Uint8Array {
  const bytes = fromLatin1(value ?? '');
  if (bytes.length > length)
    throw new EncodeError(
      'TCPDUMP_BAD_FIELD',
      `${field} has ${bytes.length} characters, more than ${length}`,
    );
  const padded = new Uint8Array(length);
  padded.set(bytes);
  return padded;
}

function time(builder: ByteBuilder, value: number): void {
  builder.u32(value, 'dhcp time');
}

function address(builder: ByteBuilder, value: string): void {
  builder.ipv4(value);
}

function text(builder: ByteBuilder, value: string): void {
  builder.bytes(fromLatin1(value));
}

function addresses(builder: ByteBuilder, values: readonly string[]): void {
  for (const value of values) builder.ipv4(value);
}

/** The named options, in the order of their codes, the message type first as is the custom. */
function namedOptions(spec: DhcpSpec): DhcpOptionSpec[] {
  const list: DhcpOptionSpec[] = [];
  const add = <T>(
    code: number,
    value: T | undefined,
    write: (builder: ByteBuilder, given: T) => void,
  ): void => {
    if (value === undefined) return;
    const builder = new ByteBuilder();
    write(builder, value);
    list.push({ code, data: builder.build() });
  };
  add(O.messageType, spec.messageType, (builder, value) => builder.u8(value, 'dhcp.messageType'));
  add(O.subnetMask, spec.subnetMask, address);
  add(O.routers, spec.routers, addresses);
  add(O.dnsServers, spec.dnsServers, addresses);
  add(O.hostName, spec.hostName, text);
  add(O.domainName, spec.domainName, text);
  add(O.interfaceMtu, spec.interfaceMtu, (builder, value) => builder.u16(value, 'dhcp.interfaceMtu'));
  add(O.requestedAddress, spec.requestedAddress, address);
  add(O.leaseTime, spec.leaseTime, time);
  add(O.serverIdentifier, spec.serverIdentifier, address);
  add(O.parameterRequestList, spec.parameterRequestList, (builder, value) => {
    for (const code of value) builder.u8(code, 'dhcp.parameterRequestList');
  });
  add(O.renewalTime, spec.renewalTime, time);
  add(O.rebindingTime, spec.rebindingTime, time);
  add(O.clientIdentifier, spec.clientIdentifier, (builder, value) => builder.bytes(toBytes(value)));
  add(O.tftpServerName, spec.tftpServerName, text);
  add(O.bootFileName, spec.bootFileName, text);
  add(O.classlessRoutes, spec.classlessRoutes, encodeRoutes);
  return list;
}

export function encodeDhcp(spec: DhcpSpec): Uint8Array {
  const builder = new ByteBuilder()
    .u8(spec.operation ?? 1, 'dhcp.operation')
    .u8(spec.hardwareType ?? 1, 'dhcp.hardwareType')
    .u8(spec.hardwareLength ?? 6, 'dhcp.hardwareLength')
    .u8(spec.hops ?? 0, 'dhcp.hops')
    .u32(spec.transactionId ?? 0, 'dhcp.transactionId')
    .u16(spec.seconds ?? 0, 'dhcp.seconds')
    .u16(spec.broadcast ? 0x8000 : 0, 'dhcp')
    .ipv4(spec.clientAddress ?? '0.0.0.0')
    .ipv4(spec.yourAddress ?? '0.0.0.0')
    .ipv4(spec.serverAddress ?? '0.0.0.0')
    .ipv4(spec.relayAddress ?? '0.0.0.0')
    .mac(spec.clientMac ?? '02:00:00:00:00:01')
    .bytes(new Uint8Array(10))
    .bytes(fixedText(spec.serverName, 64, 'dhcp.serverName'))
    .bytes(fixedText(spec.file, 128, 'dhcp.file'))
    .u32(0x63825363, 'dhcp');
  writeDhcpOptions(builder, spec.options ?? namedOptions(spec));
  return builder.build();
}
