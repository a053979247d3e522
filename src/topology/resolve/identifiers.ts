/** Identifiers and MAC addresses that are the same in every run, because they are derived from names. */
import { hash } from 'node:crypto';

/** Namespace of the UUIDs below (RFC 9562, 5.5). Changing it would rename everything that ever ran. */
const NAMESPACE = Buffer.from('0b7f6a1c9d3e4f58a2c4e6d81f3b5a79', 'hex');

/** Neutron's `base_mac`: the first three octets of every port's address. */
const PORT_MAC_PREFIX = [0xfa, 0x16, 0x3e];

/** Locally administered, unicast. */
const UNDERLAY_MAC_PREFIX = [0x02];

/** At once: a Hash object costs three times as much. */
const sha1 = (bytes: Uint8Array) => hash('sha1', bytes, 'buffer');

/** Name-based UUID, version 5 (RFC 9562, 5.5). */
export function uuid5(name: string): string {
  const bytes = sha1(Buffer.concat([NAMESPACE, Buffer.from(name)])).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Derived addresses that differ from all others handed out or taken before: on a collision the next one is tried. */
export class MacAddresses {
  readonly #taken = new Set<string>();

  /** Reserves an address; false when it was taken already. */
  take(mac: string): boolean {
    if (this.#taken.has(mac)) return false;
    this.#taken.add(mac);
    return true;
  }

  /** fa:16:3e and three octets derived from the port's id. */
  forPort(id: string): string {
    return this.#derive(PORT_MAC_PREFIX, id);
  }

  /** 02 and five octets derived from underlay, host and device. */
  forInterface(key: string): string {
    return this.#derive(UNDERLAY_MAC_PREFIX, key);
  }

  #derive(prefix: readonly number[], seed: string): string {
    for (let probe = 0; ; probe++) {
      const digest = sha1(Buffer.from(probe === 0 ? seed : `${seed}#${probe}`));
      const mac = [...prefix, ...digest.subarray(0, 6 - prefix.length)]
        .map((octet) => octet.toString(16).padStart(2, '0'))
        .join(':');
      if (this.take(mac)) return mac;
    }
  }
}
