import { describe, expect, test } from 'vitest';
import { NetdojoError } from '../../errors/index.ts';
import {
  type Change,
  diff,
  emptyNamespace,
  emptyNode,
  type IpsetState,
  type NamespaceState,
  type NetfilterChainState,
} from '../../state/index.ts';
import { chain } from '../testing/service-state.fixture.ts';
import { firewallBatch } from './netfilter.ts';
import { withLine } from './perform-firewall.ts';

const owner = { kind: 'security_group', name: 'web', purpose: 'members of web' } as const;

const set = (name: string, members: readonly string[]): IpsetState => ({
  name,
  type: 'hash:net',
  family: 'inet',
  members,
  owner,
});

const namespaceOf = (
  chains: readonly NetfilterChainState[],
  sets: readonly IpsetState[] = [],
): NamespaceState => ({
  ...emptyNamespace('ns'),
  netfilter: Object.fromEntries(chains.map((one) => [`${one.family} ${one.table} ${one.chain}`, one])),
  ipsets: Object.fromEntries(sets.map((one) => [one.name, one])),
});

const changesBetween = (before: NamespaceState, after: NamespaceState): Change[] => {
  const state = (namespace: NamespaceState) => ({
    nodes: { net1: { ...emptyNode(), namespaces: { ns: namespace } } },
    wires: {},
  });
  return diff(state(before), state(after));
};

const told = (before: NamespaceState, after: NamespaceState) => {
  const batch = firewallBatch('ns', changesBetween(before, after));
  return (
    batch && {
      sets: batch.sets.text,
      restores: batch.restores.map(({ family, text }) => `${family}\n${text}`),
      formerSets: batch.formerSets.text,
    }
  );
};

const nothing = namespaceOf([]);
const guarded = namespaceOf(
  [
    chain('filter', 'INPUT', ['-j guard'], { policy: 'DROP' }),
    chain('filter', 'guard', ['-m set --match-set friends src -j ACCEPT', '-j DROP']),
    chain('nat', 'POSTROUTING', []),
    chain('filter', 'guard', ['-j DROP'], { family: 'ipv6' }),
  ],
  [set('friends', ['10.0.0.1', '10.0.0.2'])],
);

describe('chains and sets', () => {
  test('that come: sets first, each table in one piece, chains before the rules that jump to them', () => {
    expect(told(nothing, guarded)).toMatchInlineSnapshot(`
      {
        "formerSets": "",
        "restores": [
          "ipv4
      *nat
      :POSTROUTING ACCEPT [0:0]
      -F POSTROUTING
      COMMIT
      *filter
      :INPUT DROP [0:0]
      :guard - [0:0]
      -F INPUT
      -A INPUT -j guard
      -A guard -m set --match-set friends src -j ACCEPT
      -A guard -j DROP
      COMMIT
      ",
          "ipv6
      *filter
      :guard - [0:0]
      -A guard -j DROP
      COMMIT
      ",
        ],
        "sets": "create friends hash:net family inet
      flush friends
      add friends 10.0.0.1
      add friends 10.0.0.2
      ",
      }
    `);
  });

  test('that go: the kernel’s own are emptied and accept, the others are taken away when nothing jumps to them', () => {
    expect(told(guarded, nothing)).toMatchInlineSnapshot(`
      {
        "formerSets": "destroy friends
      ",
        "restores": [
          "ipv4
      *nat
      :POSTROUTING ACCEPT [0:0]
      -F POSTROUTING
      COMMIT
      *filter
      :INPUT ACCEPT [0:0]
      :guard - [0:0]
      -F INPUT
      -X guard
      COMMIT
      ",
          "ipv6
      *filter
      :guard - [0:0]
      -X guard
      COMMIT
      ",
        ],
        "sets": "",
      }
    `);
  });

  test('that change: only those, and of sets only the members that come and go', () => {
    const changed = namespaceOf(
      [
        ...Object.values(guarded.netfilter).filter(({ chain: name }) => name !== 'guard'),
        chain('filter', 'guard', ['-m set --match-set friends src -j ACCEPT', '-j others']),
        chain('filter', 'others', ['-p udp -j ACCEPT']),
      ],
      [set('friends', ['10.0.0.2', '10.0.0.3'])],
    );
    expect(told(guarded, changed)).toMatchInlineSnapshot(`
      {
        "formerSets": "",
        "restores": [
          "ipv4
      *filter
      :guard - [0:0]
      :others - [0:0]
      -A guard -m set --match-set friends src -j ACCEPT
      -A guard -j others
      -A others -p udp -j ACCEPT
      COMMIT
      ",
          "ipv6
      *filter
      :guard - [0:0]
      -X guard
      COMMIT
      ",
        ],
        "sets": "add friends 10.0.0.3
      del friends 10.0.0.1
      ",
      }
    `);
  });

  test('of which only the owners change: nothing', () => {
    const owned = structuredClone(guarded);
    const chains = Object.entries(owned.netfilter).map(([key, one]) => [
      key,
      { ...one, rules: one.rules.map((rule) => ({ ...rule, owner })) },
    ]);
    expect(told(guarded, { ...owned, netfilter: Object.fromEntries(chains) })).toBeUndefined();
    expect(told(guarded, guarded)).toBeUndefined();
  });

  test('whose family changes: another set in its place', () => {
    const other = namespaceOf([], [{ ...set('friends', ['2001:db8::/64']), family: 'inet6' }]);
    expect(told(namespaceOf([], [set('friends', ['10.0.0.1'])]), other)?.sets).toBe(`\
destroy friends
create friends hash:net family inet6
flush friends
add friends 2001:db8::/64
`);
  });
});

describe('a complaint', () => {
  const refused = (stderr: string): unknown => {
    const [restore] = firewallBatch('ns', changesBetween(nothing, guarded))?.restores ?? [];
    if (!restore) throw new Error('nothing to restore');
    const place = { node: 'net1', command: 'iptables-restore --noflush -w', exitCode: 2, stderr };
    return withLine(new NetdojoError('x', { code: 'ND_NODE_COMMAND', place }), 'ns', restore);
  };

  test.each([
    ['Error occurred at line: 10', '-A guard -m set --match-set friends src -j ACCEPT'],
    ['line 11: RULE_APPEND failed (Invalid argument): rule in chain n', '-A guard -j DROP'],
    ['iptables-restore: line 9 failed: No chain/target/match by that name.', '-A INPUT -j guard'],
    ["Chain 'guard' does not exist\nError occurred at line: 12", '-A INPUT -j guard'],
  ])('%s', (stderr, line) => {
    expect(refused(stderr)).toMatchObject({
      code: 'ND_FIREWALL',
      message: `net1: ns: refused: ${line}`,
      expected: expect.stringContaining('what network red needs: rule -'),
    });
  });

  test('about what no rule has stays where it is', () => {
    expect(refused("Chain 'elsewhere' does not exist\nError occurred at line: 12")).toMatchObject({
      message: 'net1: ns: refused: COMMIT',
      expected: undefined,
    });
  });

  test('about no line stays as it is', () => {
    expect(refused('out of memory')).toMatchObject({ code: 'ND_NODE_COMMAND' });
    const lost = new NetdojoError('gone', { code: 'ND_NODE_LOST' });
    expect(withLine(lost, 'ns', { text: 'x\n', owners: new Map() })).toBe(lost);
  });
});
