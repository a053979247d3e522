import { ipv4At, macAt } from '../address.ts';
import { latin1, u8, u16, u32 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type FieldPlace, type FieldTable, LayerBase } from '../layer.ts';
import { STEP, type Step } from '../step.ts';
import {
  addressList,
  type ClasslessRoute,
  type DhcpOption,
  DHCP_OPTION as O,
  optionData,
  readDhcpOptions,
  readRoutes,
} from './dhcp-options.ts';

const FIXED = 236;
const COOKIE = 0x63825363;

/** A DHCP message for IPv4 (RFC 2131 2, options RFC 2132), or a plain BOOTP one (RFC 951). Times are in seconds. */
export class Dhcp extends LayerBase {
  get protocol(): 'dhcp' {
    return 'dhcp';
  }

  get fieldTable(): FieldTable<Dhcp> {
    return FIELDS;
  }

  /** 1 from a client, 2 from a server. */
  get operation(): number {
    return u8(this.frame, this.offset);
  }

  get hardwareType(): number {
    return u8(this.frame, this.offset + 1);
  }

  get hardwareLength(): number {
    return u8(this.frame, this.offset + 2);
  }

  get hops(): number {
    return u8(this.frame, this.offset + 3);
  }

  get transactionId(): number {
    return u32(this.frame, this.offset + 4);
  }

  get seconds(): number {
    return u16(this.frame, this.offset + 8);
  }

  /** The client asks for a broadcast answer. */
  get broadcast(): boolean {
    return (u16(this.frame, this.offset + 10) & 0x8000) !== 0;
  }

  get clientAddress(): string {
    return ipv4At(this.frame, this.offset + 12);
  }

  get yourAddress(): string {
    return ipv4At(this.frame, this.offset + 16);
  }

  get serverAddress(): string {
    return ipv4At(this.frame, this.offset + 20);
  }

  get relayAddress(): string {
    return ipv4At(this.frame, this.offset + 24);
  }

  get clientMac(): string {
    return macAt(this.frame, this.offset + 28);
  }

  get serverName(): string {
    return text(this.frame, this.offset + 44, 64);
  }

  /** The field of the fixed part; a boot file may also be in option 67. */
  get file(): string {
    return text(this.frame, this.offset + 108, 128);
  }

  /** All options as they are, end included, padding left out; empty in a BOOTP message. */
  get options(): DhcpOption[] {
    return readDhcpOptions(this.frame, this.offset + FIXED + 4, this.offset + this.length);
  }

  private data(code: number, length: number): Uint8Array | undefined {
    const data = optionData(this.options, code);
    return data && data.length >= length ? data : undefined;
  }

  private address(code: number): string | undefined {
    const data = this.data(code, 4);
    return data && ipv4At(data, 0);
  }

  private time(code: number): number | undefined {
    const data = this.data(code, 4);
    return data && u32(data, 0);
  }

  private string(code: number): string | undefined {
    const data = this.data(code, 0);
    return data && text(data, 0, data.length);
  }

  /** 1 discover, 2 offer, 3 request, 4 decline, 5 ack, 6 nak, 7 release, 8 inform. */
  get messageType(): number | undefined {
    const data = this.data(O.messageType, 1);
    return data && u8(data, 0);
  }

  get subnetMask(): string | undefined {
    return this.address(O.subnetMask);
  }

  get routers(): string[] | undefined {
    const data = this.data(O.routers, 4);
    return data && addressList(data);
  }

  get dnsServers(): string[] | undefined {
    const data = this.data(O.dnsServers, 4);
    return data && addressList(data);
  }

  get hostName(): string | undefined {
    return this.string(O.hostName);
  }

  get domainName(): string | undefined {
    return this.string(O.domainName);
  }

  /** In bytes. */
  get interfaceMtu(): number | undefined {
    const data = this.data(O.interfaceMtu, 2);
    return data && u16(data, 0);
  }

  get requestedAddress(): string | undefined {
    return this.address(O.requestedAddress);
  }

  get leaseTime(): number | undefined {
    return this.time(O.leaseTime);
  }

  get serverIdentifier(): string | undefined {
    return this.address(O.serverIdentifier);
  }

  get parameterRequestList(): number[] | undefined {
    const data = this.data(O.parameterRequestList, 0);
    return data && Array.from(data);
  }

  get renewalTime(): number | undefined {
    return this.time(O.renewalTime);
  }

  get rebindingTime(): number | undefined {
    return this.time(O.rebindingTime);
  }

  get clientIdentifier(): Uint8Array | undefined {
    return this.data(O.clientIdentifier, 0);
  }

  get tftpServerName(): string | undefined {
    return this.string(O.tftpServerName);
  }

  get bootFileName(): string | undefined {
    return this.string(O.bootFileName);
  }

  /** Option 121, or 249 when there is no 121. */
  get classlessRoutes(): ClasslessRoute[] | undefined {
    const data = this.data(O.classlessRoutes, 0) ?? this.data(O.microsoftClasslessRoutes, 0);
    return data && readRoutes(data);
  }

  /** Where the first option of a code lies, for the field table. */
  place(...codes: number[]): FieldPlace | undefined {
    const options = this.options;
    for (const code of codes) {
      const option = options.find((candidate) => candidate.code === code);
      if (option) return [option.offset - this.offset, option.length];
    }
    return undefined;
  }
}

/** Text up to its first zero byte. */
function text(bytes: Uint8Array, from: number, length: number): string {
  const end = bytes.subarray(from, from + length).indexOf(0);
  return latin1(bytes, from, from + (end < 0 ? length : end));
}

function optionPlace(...codes: number[]): (layer: Dhcp) => FieldPlace | undefined {
  return (layer) => layer.place(...codes);
}

const FIELDS: FieldTable<Dhcp> = {
  operation: [0, 1],
  hardwareType: [1, 1],
  hardwareLength: [2, 1],
  hops: [3, 1],
  transactionId: [4, 4],
  seconds: [8, 2],
  broadcast: [10, 2],
  clientAddress: [12, 4],
  yourAddress: [16, 4],
  serverAddress: [20, 4],
  relayAddress: [24, 4],
  clientMac: [28, 6],
  serverName: [44, 64],
  file: [108, 128],
  options: (layer) => (layer.length > FIXED ? [FIXED + 4, layer.length - FIXED - 4] : undefined),
  messageType: optionPlace(O.messageType),
  subnetMask: optionPlace(O.subnetMask),
  routers: optionPlace(O.routers),
  dnsServers: optionPlace(O.dnsServers),
  hostName: optionPlace(O.hostName),
  domainName: optionPlace(O.domainName),
  interfaceMtu: optionPlace(O.interfaceMtu),
  requestedAddress: optionPlace(O.requestedAddress),
  leaseTime: optionPlace(O.leaseTime),
  serverIdentifier: optionPlace(O.serverIdentifier),
  parameterRequestList: optionPlace(O.parameterRequestList),
  renewalTime: optionPlace(O.renewalTime),
  rebindingTime: optionPlace(O.rebindingTime),
  clientIdentifier: optionPlace(O.clientIdentifier),
  tftpServerName: optionPlace(O.tftpServerName),
  bootFileName: optionPlace(O.bootFileName),
  classlessRoutes: optionPlace(O.classlessRoutes, O.microsoftClasslessRoutes),
};

export function dissectDhcp(cursor: Cursor): Step {
  const available = cursor.end - cursor.offset;
  if (available < FIXED) return cursor.short('dhcp', FIXED);
  const hasOptions = available >= FIXED + 4 && u32(cursor.frame, cursor.offset + FIXED) === COOKIE;
  cursor.add(new Dhcp(cursor, hasOptions ? available : FIXED));
  return STEP.done;
}
