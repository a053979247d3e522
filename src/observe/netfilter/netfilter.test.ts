import { expect, test } from 'vitest';
import type { Headers } from '../../journey/types.ts';
import { emptyNamespace, type NetfilterChainState } from '../../state/index.ts';
import { matchRule, type Subject } from './match.ts';
import { parseRuleset, type Ruleset, rulesetOf, wordsOf } from './rules.ts';
import { rulingsAt } from './verdicts.ts';
import { walk } from './walk.ts';

const syn: Headers = {
  src_mac: 'fa:16:3e:00:00:01',
  dst_mac: 'fa:16:3e:00:00:02',
  ethertype: 0x0800,
  src_ip: '10.0.1.11',
  dst_ip: '10.0.1.12',
  protocol: 6,
  src_port: 40_000,
  dst_port: 80,
  tcp_flags: 'syn',
};
const subject = (more: Partial<Subject> = {}, headers: Partial<Headers> = {}): Subject => ({
  headers: { ...syn, ...headers },
  physdev_in: 'qvb1',
  physdev_out: 'tap1',
  state: 'NEW',
  mark: 0,
  ...more,
});
const nothing: Ruleset = { chains: new Map(), sets: new Map([['web', ['10.0.1.11', '10.0.9.0/24']]]) };

test.each([
  ['-s 10.0.1.0/24 -d 10.0.1.12/32 -p tcp -m tcp --dport 80 -j RETURN', true],
  ['! -s 10.0.1.0/24 -j RETURN', false],
  ['-p udp -m udp --dport 80 -j RETURN', false],
  ['-p tcp -m tcp -m multiport --dports 22,70:90 -j RETURN', true],
  ['-p tcp -m tcp --sport 1:1023 -j RETURN', false],
  ['-m set --match-set web src -j RETURN', true],
  ['-m set ! --match-set web dst -j RETURN', true],
  ['-m set --match-set unknown src -j RETURN', undefined],
  ['-m state --state RELATED,ESTABLISHED -j RETURN', false],
  ['-m conntrack --ctstate NEW -m comment --comment "-j is no target here" -j RETURN', true],
  ['-m physdev --physdev-out tap1 --physdev-is-bridged -j RETURN', true],
  ['-m physdev --physdev-in tap1 --physdev-is-bridged -j RETURN', false],
  ['-m mac --mac-source FA:16:3E:00:00:01 -j RETURN', true],
  ['-m mark ! --mark 0x4000000/0xffff0000 -j DROP', true],
  ['-m limit --limit 10/sec --limit-burst 5 -j RETURN', undefined],
  ['-p udp -m limit --limit 10/sec -j RETURN', false],
  ['-p icmp -m icmp --icmp-type 8/0 -j RETURN', false],
])('%s', (text, expected) => {
  expect(matchRule(wordsOf(text), subject(), nothing).matches).toBe(expected);
});

test('of ICMP and of IPv6', () => {
  const ping = subject({}, { protocol: 1, icmp: { type: 8, code: 0 } });
  expect(matchRule(wordsOf('-p icmp -m icmp --icmp-type 8 -j RETURN'), ping, nothing).matches).toBe(true);
  const six = subject({}, { protocol: 58, src_ip: 'fe80::1', icmp: { type: 135, code: 0 } });
  const text = '-s fe80::/10 -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j RETURN';
  expect(matchRule(wordsOf(text), six, nothing).matches).toBe(true);
  expect(matchRule(wordsOf('-s 10.0.0.0/8 -j RETURN'), six, nothing).matches).toBe(false);
});

const chain = (
  name: string,
  texts: readonly string[],
  policy?: 'ACCEPT' | 'DROP',
): [string, NetfilterChainState] => [
  `ipv4 filter ${name}`,
  {
    family: 'ipv4',
    table: 'filter',
    chain: name,
    ...(policy && { policy }),
    rules: texts.map((text) => ({
      text,
      owner: { kind: 'security_group_rule', name: 'r', purpose: `purpose of ${text}` },
    })),
  },
];

const WEB = '-p tcp -m tcp --dport 80 -j RETURN';
const FALLBACK = '-m comment --comment "Default drop rule for unmatched traffic." -j DROP';
const asked = rulesetOf(
  {
    ...emptyNamespace(''),
    netfilter: Object.fromEntries([
      chain('FORWARD', ['-j sg-chain'], 'ACCEPT'),
      chain('sg-chain', ['-m physdev --physdev-out tap1 --physdev-is-bridged -j i1', '-j ACCEPT']),
      chain('i1', [WEB, '-j fallback']),
      chain('fallback', [FALLBACK]),
    ]),
  },
  'ipv4',
);

test('a packet comes to the rule that decides, with who asked for it', () => {
  expect(walk(asked, 'filter', 'FORWARD', subject())).toMatchObject({ target: 'ACCEPT', chain: 'sg-chain' });
  const other = walk(asked, 'filter', 'FORWARD', subject({}, { dst_port: 81 }));
  expect(other).toMatchObject({ target: 'DROP', table: 'filter', chain: 'fallback' });
  expect(other.rule?.owner).toBe(`purpose of ${FALLBACK}`);
  expect(other.via.map(({ text }) => text)).toEqual([
    '-j sg-chain',
    '-m physdev --physdev-out tap1 --physdev-is-bridged -j i1',
    '-j fallback',
  ]);
});

const kernel = (rules: readonly string[]): Ruleset =>
  parseRuleset(
    `*filter\n:FORWARD ACCEPT [3:252]\n${['sg-chain', 'i1', 'fallback'].map((name) => `:${name} - [0:0]\n`).join('')}${rules.map((text) => `-A ${text}\n`).join('')}COMMIT\n`,
    '',
    asked,
  );
const TO_PORT = 'sg-chain -m physdev --physdev-out tap1 --physdev-is-bridged -j i1';
const REST = ['FORWARD -j sg-chain', TO_PORT, 'sg-chain -j ACCEPT', `fallback ${FALLBACK}`];

test('all is as it was asked for: the rule that drops the packet is named', () => {
  const actual = kernel([...REST, `i1 ${WEB}`, 'i1 -j fallback']);
  expect(rulingsAt(actual, asked, 'filter', 'FORWARD', subject()).steps).toEqual([]);
  expect(rulingsAt(actual, asked, 'filter', 'FORWARD', subject({}, { dst_port: 81 })).steps).toEqual([
    {
      where: 'filter fallback',
      what: FALLBACK,
      outcome: 'DROP',
      owner: `purpose of ${FALLBACK}`,
      fault: true,
    },
  ]);
});

test('a rule that is missing is named with who asked for it', () => {
  const actual = kernel([...REST, 'i1 -j fallback']);
  expect(rulingsAt(actual, asked, 'filter', 'FORWARD', subject()).steps).toMatchObject([
    { where: 'filter fallback', outcome: 'DROP' },
    { where: 'filter i1', what: WEB, outcome: 'is missing', owner: `purpose of ${WEB}`, fault: true },
  ]);
});

test('a rule that nobody asked for is named', () => {
  const actual = kernel(['FORWARD -p tcp -j DROP', ...REST, `i1 ${WEB}`, 'i1 -j fallback']);
  expect(rulingsAt(actual, asked, 'filter', 'FORWARD', subject()).steps).toEqual([
    {
      where: 'filter FORWARD',
      what: '-p tcp -j DROP',
      outcome: 'DROP; nobody asked for this rule',
      fault: true,
    },
  ]);
});

test('what the kernel says is read, and rules that were asked for have their owners', () => {
  const save = `# Generated by iptables-save
*filter
:FORWARD ACCEPT [3:252]
:sg-chain - [0:0]
:i1 - [0:0]
:fallback - [0:0]
-A FORWARD -j sg-chain
-A sg-chain -m physdev --physdev-out tap1 --physdev-is-bridged -j i1
-A sg-chain -j ACCEPT
-A i1 -j fallback
-A fallback ${FALLBACK}
COMMIT
`;
  const actual = parseRuleset(save, 'create web hash:net family inet\nadd web 10.0.1.11\n', asked);
  expect(actual.sets.get('web')).toEqual(['10.0.1.11']);
  expect(walk(actual, 'filter', 'FORWARD', subject())).toMatchObject({
    target: 'DROP',
    chain: 'fallback',
    rule: { owner: `purpose of ${FALLBACK}` },
  });
});

test('the policy decides where no rule does; marks are kept on the way; what is not known decides nothing', () => {
  const marks = rulesetOf(
    {
      ...emptyNamespace(''),
      netfilter: Object.fromEntries([
        chain('FORWARD', ['-j MARK --set-xmark 0x4000000/0xffff0000', '-j scope'], 'DROP'),
        chain('scope', ['-m mark --mark 0x4000000/0xffff0000 -j RETURN', '-j ACCEPT']),
        chain('INPUT', ['-m limit --limit 1/sec -j DROP'], 'ACCEPT'),
      ]),
    },
    'ipv4',
  );
  const decision = walk(marks, 'filter', 'FORWARD', subject());
  expect(decision).toMatchObject({ target: 'DROP', chain: 'FORWARD', mark: 0x400_0000 });
  expect(decision.rule).toBeUndefined();
  expect(walk(marks, 'filter', 'INPUT', subject()).target).toBeUndefined();
});
