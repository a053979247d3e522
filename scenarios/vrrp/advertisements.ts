/** What hosts say of a router while nothing happens to it, and what the others do not say. */
import { dissect } from 'tcpdump-parser';
import { expect } from 'vitest';
import type { Cloud } from '../../src/cloud/index.ts';
import { labelOf } from '../../src/journey/index.ts';
import { type CapturedFrame, identify } from '../../src/observe/index.ts';
import { stream } from '../../src/probe/index.ts';
import { devicesOf } from './redundancy.ts';

const VRRP = 112;

export interface Advertisement {
  readonly point: string;
  readonly vrId: number;
  readonly vni: number | undefined;
  /** Such as `version 2, priority 50, each 1 s, to 224.0.0.18, ttl 255`. */
  readonly told: string;
}

/** The advertisements among frames (RFC 3768 and RFC 5798, 5.1), wherever they came out of something. */
export function advertisements(frames: readonly CapturedFrame[]): Advertisement[] {
  return frames.flatMap(({ point, direction, bytes }): Advertisement[] => {
    const frame = dissect(bytes);
    const ip = frame.last('ipv4');
    if (direction !== 'out' || ip?.nextProtocol !== VRRP) return [];
    const [first = 0, vrId = 0, priority = 0, , high = 0, low = 0] = bytes.subarray(ip.offset + ip.length);
    const version = Math.floor(first / 16);
    // Seconds, beside the kind of authentication; hundredths of a second, in twelve bits.
    const interval = version === 2 ? low : ((high & 0x0f) * 0x100 + low) / 100;
    const { destination, ttl } = ip;
    const vni = frame.first('vxlan')?.vni;
    const told = `version ${version}, priority ${priority}, each ${interval} s, to ${destination}, ttl ${ttl}`;
    return [{ point, vrId, vni, told }];
  });
}

/** Points of a host at devices of this kind: qr-, qg- or ha-. */
export const at = (host: string, kind: string): RegExp => new RegExp(`^${host}:(?:${kind})-`, 'u');

/** What the HA network is on wires. */
export const haVni = (cloud: Cloud): number | undefined =>
  cloud.topology.networks['ha']?.['provider:segmentation_id'];

/** While a stream of one server to its neighbour lasts for so many seconds. */
export const during = async (cloud: Cloud, seconds: number): Promise<void> => {
  await using clock = await stream(await cloud.guests(), 'red1', cloud.address('red3'));
  await clock.answered(seconds * 100, seconds * 10);
};

/** A standby hears what everybody hears at the router's devices, and says nothing there. */
export function expectSilent(cloud: Cloud, standby: string, frames: readonly CapturedFrame[]): void {
  const devices = new Set(devicesOf(cloud, standby).map((device) => `${standby}:${device}`));
  const own = frames.filter(({ point }) => devices.has(point));
  for (const kind of ['qr', 'qg']) {
    const here = own.filter(({ point }) => at(standby, kind).test(point));
    const heard = here.filter(({ direction }) => direction === 'in');
    const said = here.flatMap(({ point, direction, bytes }) => {
      const headers = direction === 'out' && identify(bytes, false)?.headers;
      return headers ? [`${point} ${labelOf(headers)}`] : [];
    });
    expect(heard.length, `heard by ${kind}- on ${standby}`).toBeGreaterThan(0);
    expect(said, `said by ${kind}- on ${standby}`).toEqual([]);
  }
}
