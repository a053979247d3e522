import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cookieIndex, cookieOf, LEARNED_COOKIE } from '../../state/cookies.ts';
import { diff } from '../../state/diff.ts';
import { flowKey } from '../../state/flows.ts';
import { patch } from '../../state/patch.ts';
import { type CloudState, emptyCloud, type NodeState } from '../../state/types.ts';
import { allFlows, cloudArbitrary, topologyOf } from './clouds.fixture.ts';
import { compile } from './compile.ts';
import { tapName } from './names.ts';
import { LOCAL_OFPORT } from './node.ts';

const stateOf = (document: Parameters<typeof topologyOf>[0]): CloudState =>
  compile(topologyOf(document)).state;

const forEachCloud = (check: (state: CloudState) => void): void =>
  fc.assert(
    fc.property(cloudArbitrary, ({ document }) => check(stateOf(document))),
    { numRuns: 60 },
  );

const ports = (node: NodeState, bridge: string) =>
  Object.values(node.ports).filter((port) => port.bridge === bridge);

test('a flow is filed under what OpenFlow knows it by, and has the cookie of its owner', () => {
  forEachCloud((state) => {
    for (const node of Object.values(state.nodes)) {
      for (const [key, flow] of Object.entries(node.flows)) {
        expect(key).toBe(flowKey(flow));
        expect(flow.cookie).toBe(cookieOf(flow.owner));
        expect(node.bridges).toHaveProperty([flow.bridge]);
      }
    }
  });
});

test('OpenFlow port numbers are unique in a bridge, and flows use only those', () => {
  forEachCloud((state) => {
    for (const node of Object.values(state.nodes)) {
      for (const bridge of Object.keys(node.bridges)) {
        const numbers = ports(node, bridge).map((port) => port.ofport);
        expect(new Set(numbers).size).toBe(numbers.length);
        const known = new Set([...numbers, LOCAL_OFPORT]);
        const flows = Object.values(node.flows).filter((flow) => flow.bridge === bridge);
        const unknown = flows.filter((flow) =>
          `${flow.match},${flow.actions}`
            .matchAll(/\b(?:in_port=|output:)(\d+)/gu)
            .some(([, number]) => !known.has(Number(number))),
        );
        expect(unknown).toEqual([]);
      }
    }
  });
});

test('patch ports come in pairs, tunnels too', () => {
  forEachCloud((state) => {
    const all = Object.values(state.nodes).flatMap((node) =>
      Object.values(node.ports).map((port) => ({ node, port, options: port.options })),
    );
    for (const { node, port, options } of all.filter(({ port: { type } }) => type === 'patch')) {
      expect(node.ports[options['peer'] ?? '']?.options['peer']).toBe(port.name);
    }
    const tunnels = all.filter(({ options }) => options['local_ip'] !== undefined);
    const there = tunnels.map(
      ({ port, options }) => `${port.type} ${options['local_ip']} ${options['remote_ip']}`,
    );
    const back = tunnels.map(
      ({ port, options }) => `${port.type} ${options['remote_ip']} ${options['local_ip']}`,
    );
    expect(there.toSorted()).toEqual(back.toSorted());
  });
});

test('a local VLAN id is one network on its host, and the tag of its ports that are up', () => {
  fc.assert(
    fc.property(cloudArbitrary, ({ document }) => {
      const topology = topologyOf(document);
      const { state, allocations } = compile(topology);
      for (const [pool, { '#next': _, ...ids }] of Object.entries(allocations)) {
        if (!pool.startsWith('ml2-ovs/local-vlan/')) continue;
        const numbers = Object.values(ids).map(Number);
        expect(new Set(numbers).size).toBe(numbers.length);
        expect(numbers.every((number) => number >= 1 && number <= 4094)).toBe(true);
      }
      for (const port of Object.values(topology.ports)) {
        const host = port['binding:host_id'] ?? '';
        const id = allocations[`ml2-ovs/local-vlan/${host}`]?.[port.network];
        expect(state.nodes[host]?.ports[tapName(port.id)]?.tag).toBe(port.admin_state_up ? id : 4095);
      }
    }),
    { numRuns: 60 },
  );
});

test('a cookie leads to one owner and an owner has one cookie', () => {
  forEachCloud((state) => {
    const index = cookieIndex(state);
    for (const { cookie, owner } of allFlows(state)) {
      expect(index.get(cookie)).toEqual(owner);
      expect(BigInt(cookie)).toBeGreaterThan(0n);
    }
    const owners = [...index.values()].map((owner) =>
      JSON.stringify([owner.kind, owner.name, owner.purpose]),
    );
    expect(new Set(owners).size).toBe(index.size);
    expect(index.get(LEARNED_COOKIE)?.purpose).toContain('learned');
  });
});

test('the ends of every cable are there, on the bridge that the cable says', () => {
  forEachCloud((state) => {
    for (const wire of Object.values(state.wires)) {
      for (const end of wire.ends) {
        const node = state.nodes[end.node];
        expect(node?.namespaces[end.namespace]?.links).toHaveProperty([end.device]);
        expect(node?.ports[end.device]?.bridge).toBe(end.bridge);
      }
    }
  });
});

test('another server changes nothing of the others', () => {
  fc.assert(
    fc.property(cloudArbitrary, ({ document, grown }) => {
      const topology = topologyOf(document);
      const before = compile(topology);
      const after = compile(topologyOf(grown, topology.allocations), before.allocations);
      // To flood a network to one host more is the only thing that may change in place.
      const unexpected = diff(before.state, after.state).filter(
        (change) =>
          change.action !== 'add' &&
          !(change.action === 'update' && change.part === 'flows' && change.after.owner.kind === 'network'),
      );
      expect(unexpected).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('what was added and taken away again leaves nothing, and its numbers are not used again', () => {
  const fresh = (state: CloudState, old: CloudState) =>
    diff(old, state).flatMap((change) =>
      change.part === 'ports' && change.action === 'add' ? [`${change.node} ${change.after.ofport}`] : [],
    );
  fc.assert(
    fc.property(cloudArbitrary, ({ document, grown }) => {
      const topology = topologyOf(document);
      const first = compile(topology);
      const second = compile(topologyOf(grown, topology.allocations), first.allocations);
      const third = compile(topologyOf(document, topology.allocations), second.allocations);
      expect(diff(first.state, third.state)).toEqual([]);
      const fourth = compile(topologyOf(grown, topology.allocations), third.allocations);
      const reused = new Set(fresh(second.state, first.state)).intersection(
        new Set(fresh(fourth.state, third.state)),
      );
      expect([...reused]).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('differences between two clouds lead from the one to the other', () => {
  fc.assert(
    fc.property(cloudArbitrary, cloudArbitrary, (one, other) => {
      const before = stateOf(one.document);
      const after = stateOf(other.document);
      expect(diff(after, after)).toEqual([]);
      expect(patch(before, diff(before, after))).toEqual(after);
      expect(patch(emptyCloud(), diff(emptyCloud(), after))).toEqual(after);
      expect(patch(after, diff(after, emptyCloud()))).toEqual(emptyCloud());
    }),
    { numRuns: 30 },
  );
});
