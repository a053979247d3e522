import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Change, type CloudState, diff, emptyCloud, emptyNamespace, GUESTS } from '../../state/index.ts';
import { stateArbitrary } from '../../state/states.fixture.ts';
import { service, serviceState } from '../testing/service-state.fixture.ts';
import { smallState } from '../testing/small-state.fixture.ts';
import { mendingChanges } from './mending.ts';
import { isNothing, stepsBetween, stepsFor } from './steps.ts';

const one = smallState({ web1: 'compute1' });
const two = smallState({ web1: 'compute1', web2: 'compute1' });
const moved = smallState({ web1: 'compute2' });

const servers = fc
  .dictionary(fc.constantFrom('web1', 'web2', 'web3'), fc.constantFrom('compute1', 'compute2'))
  .map(smallState);

describe('steps', () => {
  test('from a state to itself are none', () => {
    expect(isNothing(stepsBetween(two, structuredClone(two)))).toBe(true);
    expect(isNothing(stepsBetween(emptyCloud(), emptyCloud()))).toBe(true);
    fc.assert(
      fc.property(servers, (state) => {
        expect(isNothing(stepsBetween(state, structuredClone(state)))).toBe(true);
      }),
    );
  });

  test('of a start: everything comes, nothing goes', () => {
    const { nodes, wires, guests } = stepsBetween(emptyCloud(), two);
    expect(guests).toEqual({ add: ['web1', 'web2'], remove: [] });
    expect(wires.remove).toEqual([]);
    expect(wires.add.map(({ key }) => key)).toEqual(['web1:eth0', 'web2:eth0', 'compute1-compute2']);
    const compute = nodes.get('compute1');
    expect(compute?.bridges.addBridges.map(({ name }) => name)).toEqual(['br-int']);
    // A patch port needs nothing; a tap needs its cable first.
    expect(compute?.bridges.addPorts.map(({ name }) => name)).toEqual(['patch-tun']);
    expect(compute?.devices.addPorts.map(({ name }) => name)).toEqual(['tap-web1', 'tap-web2']);
    expect(compute?.removals).toEqual(expect.objectContaining({ removePorts: [], removeBridges: [] }));
    expect(compute?.flows.get('br-int')).toMatchObject({
      add: [{ match: 'in_port=10' }, { match: 'in_port=11' }],
      remove: [],
    });
    expect(nodes.get(GUESTS)?.namespaces.map(({ namespace }) => namespace)).toEqual(['web1', 'web2']);
  });

  test('of one more server: only what is its own', () => {
    const { nodes, wires, guests } = stepsBetween(one, two);
    expect([...nodes.keys()].toSorted()).toEqual(['compute1', GUESTS]);
    expect(guests).toEqual({ add: ['web2'], remove: [] });
    expect(wires.add.map(({ key }) => key)).toEqual(['web2:eth0']);
    expect(nodes.get('compute1')?.devices.addPorts.map(({ name }) => name)).toEqual(['tap-web2']);
    expect(nodes.get('compute1')?.namespaces.map(({ ip }) => ip)).toEqual([
      'link set dev tap-web2 mtu 1450 up\n',
    ]);
    expect(nodes.get(GUESTS)?.namespaces.map(({ namespace }) => namespace)).toEqual(['web2']);
  });

  test('of one server less: its port and flows go, and nothing is done in what goes with its namespace', () => {
    const { nodes, wires, guests } = stepsBetween(two, one);
    expect(guests).toEqual({ add: [], remove: ['web2'] });
    expect(wires).toMatchObject({ add: [], remove: [{ key: 'web2:eth0' }] });
    expect(nodes.get('compute1')?.removals.removePorts.map(({ name }) => name)).toEqual(['tap-web2']);
    expect(
      nodes
        .get('compute1')
        ?.flows.get('br-int')
        ?.remove.map(({ match }) => match),
    ).toEqual(['in_port=11']);
    expect(nodes.has(GUESTS)).toBe(false);
  });

  test('of a server that moves: its cable is plugged in elsewhere, and the server itself is left as it is', () => {
    const { nodes, wires, guests } = stepsBetween(one, moved);
    expect(guests).toEqual({ add: [], remove: [] });
    expect(wires).toMatchObject({
      add: [],
      remove: [],
      replug: [{ from: { node: 'compute1' }, to: { node: 'compute2' } }],
    });
    expect(nodes.get(GUESTS)).toBeUndefined();
    expect(nodes.get('compute2')?.namespaces).toMatchObject([{ namespace: '' }]);
  });
});

describe('steps of services', () => {
  const [none, red, blue] = [
    serviceState(),
    serviceState(service),
    serviceState({ ...service, namespace: 'qdhcp-blue' }),
  ];
  const ofNet1 = (before: CloudState, after: CloudState) => {
    const steps = stepsBetween(before, after).nodes.get('net1');
    if (!steps) throw new Error('nothing to do');
    return steps;
  };

  test('a device goes into its namespace once it is made, and is set there', () => {
    const steps = ofNet1(none, red);
    expect(steps.spaces).toEqual({ add: ['qdhcp-red'], remove: [] });
    expect(steps.bridges.addPorts.map(({ name }) => name)).toEqual(['tap-dhcp']);
    expect(steps.moves).toEqual([{ device: 'tap-dhcp', namespace: 'qdhcp-red' }]);
    expect(steps.namespaces.map(({ namespace }) => namespace)).toEqual(['qdhcp-red']);
    expect(steps.firewalls.map(({ namespace }) => namespace)).toEqual(['qdhcp-red']);
    expect(steps.services.start.map(({ process }) => process.name)).toEqual(['dnsmasq-red']);
  });

  test('of one that goes nothing is done in the namespace that goes with it', () => {
    const steps = ofNet1(red, none);
    expect(steps.spaces).toEqual({ add: [], remove: ['qdhcp-red'] });
    expect(steps.removals.removePorts.map(({ name }) => name)).toEqual(['tap-dhcp']);
    expect(steps).toMatchObject({ moves: [], namespaces: [], firewalls: [] });
    expect(steps.services.stop).toEqual(['dnsmasq-red']);
  });

  test('a device that moves keeps its port and is set anew', () => {
    const steps = ofNet1(red, blue);
    expect(steps.spaces).toEqual({ add: ['qdhcp-blue'], remove: ['qdhcp-red'] });
    expect(steps.bridges.setPorts.map(({ name }) => name)).toEqual(['tap-dhcp']);
    expect(steps.removals.removePorts).toEqual([]);
    expect(steps.moves).toEqual([{ device: 'tap-dhcp', namespace: 'qdhcp-blue' }]);
    expect(steps.namespaces[0]?.ip).toContain('addr replace 10.0.0.2/24 dev tap-dhcp\n');
    expect(steps.services.stop).toEqual(['dnsmasq-red']);
  });

  test('a device that goes within a namespace that stays takes with it what it bore', () => {
    const { net1 } = red.nodes;
    const bare = net1 && {
      ...net1,
      ports: none.nodes['net1']?.ports ?? {},
      namespaces: { ...net1.namespaces, 'qdhcp-red': emptyNamespace('qdhcp-red') },
    };
    const after = { ...red, nodes: { ...red.nodes, ...(bare && { net1: bare }) } };
    const [batch] = ofNet1(red, after).namespaces;
    expect(batch?.removals).toBe(`\
rule del priority 100 from 10.9.0.0/16 table 16
route flush exact 10.8.0.0/16 via 10.0.0.11
`);
  });
});

describe('mending', () => {
  const told = (before: CloudState, attempted: CloudState, after: CloudState) =>
    mendingChanges(before, [attempted], after).map(
      (change) => `${change.action} ${change.part} ${'node' in change ? change.node : ''} ${change.key}`,
    );

  test('of an attempt that is taken back takes away all that it may have made', () => {
    const changes = told(one, two, one);
    expect(changes).toContain('remove ports compute1 tap-web2');
    expect(changes).toContain('remove wires  web2:eth0');
    expect(changes).toContain(`remove namespace ${GUESTS} web2`);
    expect(changes.filter((change) => change.startsWith('add'))).toEqual([]);
  });

  test('of an attempt that is repeated makes anew all that it may have made', () => {
    const { nodes, wires, guests } = stepsFor(mendingChanges(one, [two], two), two);
    expect(wires.remove.map(({ key }) => key)).toEqual(['web2:eth0']);
    expect(wires.add.map(({ key }) => key)).toEqual(['web2:eth0']);
    expect(guests).toEqual({ add: ['web2'], remove: [] });
    expect(nodes.get('compute1')?.devices.addPorts.map(({ name }) => name)).toEqual(['tap-web2']);
    expect(nodes.get(GUESTS)?.namespaces[0]?.ip).toContain('addr replace 10.0.1.2/24 dev eth0');
  });

  test('of a move takes the cable away in either place', () => {
    const { wires } = stepsFor(mendingChanges(one, [moved], one), one);
    expect(wires.remove.map(({ ends }) => ends[1].node)).toEqual(['compute1', 'compute2']);
    expect(wires.add.map(({ ends }) => ends[1].node)).toEqual(['compute1']);
  });

  test('takes away routes and rules of policy routing in each form that they may have', () => {
    const rule = (table: number): CloudState =>
      serviceState({ ...service, rules: { r: { priority: 100, iif: 'x', table } } });
    const { nodes } = stepsFor(mendingChanges(rule(1), [rule(2)], rule(3)), rule(3));
    expect(nodes.get('net1')?.namespaces).toMatchObject([
      {
        removals: 'rule del priority 100 iif x table 1\nrule del priority 100 iif x table 2\n',
        ip: 'rule add priority 100 iif x table 3\n',
      },
    ]);
  });

  test('after no attempt is no more than the difference', () => {
    fc.assert(
      fc.property(stateArbitrary, stateArbitrary, (before, after) => {
        expect(mendingChanges(before, [before], after)).toEqual(diff(before, after));
      }),
    );
  });

  test('leads to the state that is wanted from any place between the two others', () => {
    const some = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        servers,
        fc.array(servers, { maxLength: 3 }),
        servers,
        some,
        (before, attempts, after, done) => {
          let between = pieces(before);
          attempts.forEach((attempt, index) => {
            const changes =
              index === 0 ? diff(before, attempt) : mendingChanges(before, attempts.slice(0, index), attempt);
            between = carriedOut(
              between,
              changes.filter((_, at) => done[(at + index) % done.length]),
            );
          });
          expect(carriedOut(between, mendingChanges(before, attempts, after))).toEqual(pieces(after));
        },
      ),
    );
  });
});

type Pieces = ReadonlyMap<string, unknown>;

const placeOf = (change: Change): string =>
  [
    change.part,
    'node' in change ? change.node : '',
    'namespace' in change ? change.namespace : '',
    change.key,
  ].join(' ');

const pieces = (state: CloudState): Pieces => carriedOut(new Map(), diff(emptyCloud(), state));

/** As nodes do it when they mend: what is to go may be gone, what is to come may be there. */
function carriedOut(start: Pieces, changes: readonly Change[]): Pieces {
  const result = new Map(start);
  for (const change of changes) {
    if (change.action === 'remove') result.delete(placeOf(change));
    else result.set(placeOf(change), 'after' in change ? change.after : true);
  }
  return result;
}
