/** Expected hops, one kind each. */
import type { Constraint, ExpectedHop, Headers } from '../journey/types.ts';
import type { Seat } from './seats.ts';
import type { Crossing } from './underlay-paths.ts';

/** The tenant's frame travels bare at guests and taps: local VLAN ids exist inside Open vSwitch only. */
export const bare: Constraint<Headers> = { vlan: null, tunnel: null };

/** What a frame wears on a crossing. */
export type Wear = (crossing: Crossing) => Constraint<Headers>;

/** `vxlan 5001`, `flat`. */
export function segmentOf(network: Seat['network']): string {
  const type = network['provider:network_type'];
  const id = network['provider:segmentation_id'];
  return id === undefined ? type : `${type} ${id}`;
}

export function guest(
  { server, device }: Seat,
  direction: 'in' | 'out',
  headers: Constraint<Headers>,
  because: string,
  next: readonly ExpectedHop[],
): ExpectedHop {
  return { kind: 'guest', node: server, device, direction, headers: { ...headers, ...bare }, because, next };
}

/** By its tap to the guest. */
export function delivery(seat: Seat, headers: Constraint<Headers>, because: string): ExpectedHop {
  const end = guest(seat, 'in', headers, `${seat.server} has port ${seat.port.name}`, []);
  const all = { ...headers, ...bare };
  return {
    kind: 'tap',
    node: seat.host,
    device: seat.tap,
    direction: 'out',
    headers: all,
    because,
    next: [end],
  };
}

export function wire(
  { from, to }: Crossing,
  headers: Constraint<Headers>,
  because: string,
  next: readonly ExpectedHop[],
): ExpectedHop {
  return { kind: 'wire', node: from.host, device: from.device, to: to.host, headers, because, next };
}

/** Crossings one after the other, then what happens at the end. */
export function chain(
  path: readonly Crossing[],
  wear: Wear,
  because: string,
  end: readonly ExpectedHop[],
  headers: Constraint<Headers>,
): ExpectedHop[] {
  return path
    .toReversed()
    .reduce<readonly ExpectedHop[]>(
      (next, crossing) => [wire(crossing, { ...headers, ...wear(crossing) }, because, next)],
      end,
    ) as ExpectedHop[];
}
