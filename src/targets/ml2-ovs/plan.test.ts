import { expect, test } from 'vitest';
import { describeChanges, planToJson } from '../../state/describe.ts';
import { diff } from '../../state/diff.ts';
import { emptyCloud } from '../../state/types.ts';
import type { CloudDocumentInput } from '../../topology/index.ts';
import { topologyOf } from './clouds.fixture.ts';
import { compile } from './compile.ts';

const document = (hosts: Record<string, string>): CloudDocumentInput => ({
  cloud: 'plan',
  underlay: 'demo-cluster',
  networks: { red: { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 5001 } },
  subnets: { 'red-subnet': { network: 'red', cidr: '10.0.1.0/24' } },
  servers: Object.fromEntries(
    Object.entries(hosts).map(([name, host]) => [
      name,
      {
        host,
        networks: [
          {
            network: 'red',
            fixed_ip: `10.0.1.1${name.slice(-1)}`,
            mac_address: `fa:16:3e:00:00:0${name.slice(-1)}`,
          },
        ],
      },
    ]),
  ),
});

const changesBetween = (one: Record<string, string>, other: Record<string, string>) => {
  const topology = topologyOf(document(one));
  const before = compile(topology);
  const after = compile(topologyOf(document(other), topology.allocations), before.allocations);
  return diff(before.state, after.state);
};

const two = { web1: 'compute1', web2: 'compute2' };

test('nothing to change is said', () => {
  expect(describeChanges(changesBetween(two, two))).toEqual(['Nothing to change.']);
});

test('one server more is its namespace, its tap, its cable and its own flows', () => {
  const lines = describeChanges(changesBetween(two, { ...two, web3: 'compute2' }));
  expect(lines.join('\n')).toMatchSnapshot();
});

test('a server that moves keeps its namespace and its address', () => {
  const lines = describeChanges(changesBetween(two, { web1: 'compute1', web2: 'compute1' }));
  expect(lines.join('\n')).toMatchSnapshot();
});

test('the plan for programs counts and keeps the data', () => {
  const plan = planToJson(changesBetween(two, { ...two, web3: 'compute2' }));
  expect(plan.summary).toEqual({ add: plan.changes.length, update: 0, remove: 0 });
  expect(plan.changes.find((change) => change.part === 'wires')).toMatchObject({
    action: 'add',
    key: 'guest:web3-eth0',
    after: { kind: 'guest', mtu: 1450 },
  });
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});

test('sixty-four servers on three hosts: compiled twice, there is nothing to change', () => {
  const names = Array.from({ length: 64 }, (_, index) => `server${index}`);
  const many: CloudDocumentInput = {
    ...document({}),
    underlay: 'neutron-reference',
    servers: Object.fromEntries(
      names.map((name, index) => [name, { host: `compute${(index % 3) + 1}`, networks: ['red'] }]),
    ),
  };
  const topology = topologyOf(many);
  const [one, other] = [compile(topology).state, compile(topology).state];
  expect(diff(emptyCloud(), one).length).toBeGreaterThan(1000);
  expect(diff(one, other)).toEqual([]);
});
