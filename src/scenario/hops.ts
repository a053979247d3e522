/** The words in which a scenario says which way a packet must take. */
import type { Constraint, ExpectedHop, ExpectedJourney, Headers, Verdict } from '../journey/index.ts';

type Expected = Constraint<Headers>;

/** A hop, and what must hold of the headers there; `null` for a header that must be absent. */
export type HopWord = Omit<ExpectedHop, 'next'>;

const hop = (
  kind: HopWord['kind'],
  node: string,
  headers: Expected,
  more: Partial<HopWord> = {},
): HopWord => ({
  kind,
  node,
  headers,
  because: 'the scenario says so',
  ...more,
});

/** At a server's NIC. */
export const guest = (server: string, headers: Expected = {}): HopWord => hop('guest', server, headers);

/** At the device by which a host holds a server's NIC. */
export const tap = (host: string, headers: Expected = {}): HopWord => hop('tap', host, headers);

/** At a device of a router, of DHCP or of a load balancer on a node: into its namespace, or out of it. */
export const service = (node: string, direction: 'in' | 'out', headers: Expected = {}): HopWord =>
  hop('namespace', node, headers, { direction });

/** On the cable from one node to another. */
export const wire = (from: string, to: string, headers: Expected = {}): HopWord =>
  hop('wire', from, headers, { to });

/** A way: hops in order; where the packet is copied, each copy's further way as a list of its own, last. */
export type Way = readonly (HopWord | Way)[];

function isHop(step: HopWord | Way): step is HopWord {
  return 'kind' in step;
}

/** @throws TypeError when something follows where the way has parted */
function chain(way: Way): ExpectedHop[] {
  const [first, ...rest] = way;
  if (first === undefined) return [];
  if (isHop(first)) return [{ ...first, next: chain(rest) }];
  if (way.some(isHop)) throw new TypeError('copies come last: after a list there may be lists only');
  return (way as readonly Way[]).flatMap(chain);
}

/** A way as what must be seen: these hops, with these headers, and nothing else anywhere. */
export function journeyOver(way: Way, verdict: Verdict = 'delivered'): ExpectedJourney {
  return { packet: 'packet', verdict, roots: chain(way) };
}
