/** What `expect` can say of journeys. */
import type { CheckedJourney } from '../cloud/index.ts';
import { compare, type Hop, hopsBelow, tellComparison, tellJourney } from '../journey/index.ts';
import { journeyOver, type Way } from './hops.ts';

interface JourneyMatchers<R> {
  /** Takes this way, hop by hop with these headers, and is seen nowhere else. */
  toTravel(...way: Way): R;
  /** Is seen at a node (or a server) on its way. */
  toTouch(node: string): R;
  /** Arrives at these servers' NICs, once at each, and at no other. */
  toArriveAt(...servers: string[]): R;
}

declare module 'vitest' {
  // The parameters are those of the interface that is merged with.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown>
    extends JourneyMatchers<R> {
    readonly _received?: T;
  }
}

const listed = (names: readonly string[]): string => (names.length === 0 ? 'nobody' : names.join(', '));

const nodesOf = (hops: readonly Hop[]): string[] =>
  hops.flatMap((one) => [
    one.node,
    ...(one.to === undefined || one.lost ? [] : [one.to]),
    ...nodesOf(one.next),
  ]);

/** What vitest tells a matcher: `.not` stands before it. */
interface Asked {
  readonly isNot: boolean;
}

/** Of a packet that was never seen nothing is true, not even what `.not` asks for. */
const neverSeen = ({ isNot }: Asked) => ({
  pass: isNot,
  message: () => 'the packet was never seen: nothing left the sender',
});

export const matchers = {
  toTravel(this: Asked, received: CheckedJourney | undefined, ...way: Way) {
    if (received === undefined) return neverSeen(this);
    const expected = journeyOver(way, received.observed.verdict);
    const comparison = compare(expected, received.observed);
    return {
      pass: comparison.ok,
      message: () =>
        comparison.ok
          ? `must not take this way:\n${tellJourney(received.observed)}`
          : tellComparison(comparison),
    };
  },
  toTouch(this: Asked, received: CheckedJourney | undefined, node: string) {
    if (received === undefined) return neverSeen(this);
    const touched = [...new Set(nodesOf(received.observed.roots))];
    const pass = touched.includes(node);
    return {
      pass,
      message: () =>
        `${received.title} must ${pass ? 'not ' : ''}touch ${node}; it touched ${touched.join(', ')}\n${tellJourney(received.observed)}`,
    };
  },
  toArriveAt(this: Asked, received: CheckedJourney | undefined, ...servers: string[]) {
    if (received === undefined) return neverSeen(this);
    const arrived = received.observed.roots
      .flatMap(hopsBelow)
      .filter(({ kind, direction }) => kind === 'guest' && direction === 'in')
      .map(({ node }) => node);
    return {
      pass: arrived.toSorted().join() === servers.toSorted().join(),
      message: () =>
        `${received.title} must arrive at ${listed(servers)}; it arrived at ${listed(arrived)}\n${tellJourney(received.observed)}`,
    };
  },
};
