import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compare } from '../journey/compare.ts';
import type { ExpectedJourney, Hop } from '../journey/types.ts';
import { hopsBelow, judge } from '../journey/verdict.ts';
import { assemble } from '../observe/assemble.ts';
import type { Network, Topology } from '../topology/topology.ts';
import { questions } from './clouds.fixture.ts';
import { frameOf } from './packets.ts';
import { predict } from './predict.ts';
import { physicalNetwork, seatsOf } from './seats.ts';
import { fateOf } from './semantics.ts';
import { allPoints, sightingsOf } from './sightings.fixture.ts';

test('a prediction that comes true is recognised; fabric and semantics agree; nothing wears what it must not', () => {
  fc.assert(
    fc.property(questions, ({ topology, packet, known, learnedHosts }) => {
      const points = allPoints(topology);
      const journeys = predict(topology, packet, { known, learnedHosts });
      const seats = seatsOf(topology);
      const sender = seats.find(({ port }) => port.name === packet.from) as (typeof seats)[number];
      const to = seats.find(({ port }) => 'to' in packet && port.name === packet.to);
      const fate = fateOf(topology, packet.kind, frameOf(packet, sender, to), sender, seats, { known });

      const [own] = journeys as [ExpectedJourney];
      const copies = [...(own.receivers ?? []), ...(own.bystanders ?? [])];
      for (const { point } of fate.must) expect(copies).toContain(point);
      for (const { point } of fate.mustNot) expect(copies).not.toContain(point);
      expect(new Set(copies).size).toBe(copies.length);
      expect([...copies, ...(own.forbidden ?? []), sender.point].toSorted()).toEqual(
        seats.map(({ point }) => point).toSorted(),
      );

      for (const journey of journeys) {
        const roots = assemble(sightingsOf(journey, points), points);
        const recipients = { receivers: journey.receivers ?? [], bystanders: journey.bystanders ?? [] };
        const { verdict } = judge(roots, { ...recipients, verdict: journey.verdict });
        const comparison = compare(journey, { packet: journey.packet, verdict, roots });
        expect(comparison.differences).toEqual([]);
        expect(comparison.ok).toBe(true);
        for (const hop of roots.flatMap(hopsBelow)) {
          const { tunnel, vlan } = hop.headers;
          expect([tunnel?.type, tunnel?.id, vlan]).toEqual(mayWear(hop, topology, sender.network));
        }
      }
    }),
    { numRuns: 400 },
  );
});

/**
 * What a frame may wear at a hop: nothing at guests and taps; on a wire the network's own number or the switches' own
 * tag, and never anything else, such as a local VLAN id.
 */
function mayWear({ kind, node, to = '' }: Hop, topology: Topology, network: Network): unknown[] {
  const type = network['provider:network_type'];
  const id = network['provider:segmentation_id'];
  if (kind !== 'wire') return [undefined, undefined, undefined];
  if (type === 'vxlan' || type === 'gre') return [type, id, undefined];
  const between = node.startsWith('tor') && to.startsWith('tor');
  const tag = id ?? (between ? physicalNetwork(topology.underlay, network)?.switchVlan : undefined);
  return [undefined, undefined, tag];
}
