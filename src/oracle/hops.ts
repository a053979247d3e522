/** Expected hops, one kind each. */
import type { Constraint, ExpectedHop, Headers } from '../journey/types.ts';
import type { Seat } from './seats.ts';
import type { Crossing } from './underlay-paths.ts';

/** The tenant's frame travels bare at guests, taps and namespaces: local VLAN ids exist inside Open vSwitch only. */
const bare: Constraint<Headers> = { vlan: null, tunnel: null };

/** What a frame wears on a crossing. */
export type Wear = (crossing: Crossing) => Constraint<Headers>;

/** `vxlan 5001`, `flat`. */
export function segmentOf(network: Seat['network']): string {
  const type = network['provider:network_type'];
  const id = network['provider:segmentation_id'];
  return id === undefined ? type : `${type} ${id}`;
}

/** Between two namespaces the kernel's own MAC addresses are on the frame. */
function worn({ link, tag }: Seat, headers: Constraint<Headers>, vlan?: number): Constraint<Headers> {
  const { src_mac: _src, dst_mac: _dst, ...rest } = headers;
  return { ...(link ? rest : headers), ...bare, vlan: tag ?? vlan ?? null };
}

/** From a guest by its tap, or from a namespace, to the switch of its host. */
export function departure(
  seat: Seat,
  headers: Constraint<Headers>,
  vlan: number | undefined,
  next: readonly ExpectedHop[],
): ExpectedHop {
  const all = worn(seat, headers, vlan);
  const { holder, host, device, tap } = seat;
  if (seat.kind === 'namespace') {
    const because = `${holder.kind} ${holder.name} sends it by port ${seat.name}`;
    return { kind: 'namespace', node: host, device, direction: 'out', headers: all, because, next };
  }
  const because = `host ${host} holds port ${seat.name} by this tap`;
  const held: ExpectedHop = {
    kind: 'tap',
    node: host,
    device: tap,
    direction: 'in',
    headers: all,
    because,
    next,
  };
  const said = `${holder.name} sends it`;
  return {
    kind: 'guest',
    node: holder.name,
    device,
    direction: 'out',
    headers: all,
    because: said,
    next: [held],
  };
}

/** By its tap to the guest, or into the namespace, and what follows from that. */
export function delivery(
  seat: Seat,
  headers: Constraint<Headers>,
  because: string,
  next: readonly ExpectedHop[] = [],
): ExpectedHop {
  const all = worn(seat, headers);
  const { holder, host, device, tap } = seat;
  if (seat.kind === 'namespace') {
    return { kind: 'namespace', node: host, device, direction: 'in', headers: all, because, next };
  }
  const end: ExpectedHop = {
    kind: 'guest',
    node: holder.name,
    device,
    direction: 'in',
    headers: all,
    because: `${holder.name} has port ${seat.name}`,
    next,
  };
  return { kind: 'tap', node: host, device: tap, direction: 'out', headers: all, because, next: [end] };
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

/** A way that is no tree ends with the reason why it goes no further. */
export function endingWith(hops: readonly ExpectedHop[], reason: string): ExpectedHop[] {
  const [only] = hops;
  if (!only || hops.length > 1) return [...hops];
  if (only.next.length === 0) return [{ ...only, because: reason }];
  return [{ ...only, next: endingWith(only.next, reason) }];
}
