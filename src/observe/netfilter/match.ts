/** Whether a rule of iptables matches a packet (iptables-extensions(8)). Pure. */
import { BlockList, isIPv6 } from 'node:net';
import type { Headers } from '../../journey/types.ts';
import type { Ruleset } from './rules.ts';

/** A packet where rules see it. */
export interface Subject {
  readonly headers: Headers;
  readonly in?: string;
  readonly out?: string;
  /** Of a bridged packet: the ports of the bridge. */
  readonly physdev_in?: string;
  readonly physdev_out?: string;
  readonly state: 'NEW' | 'ESTABLISHED';
  readonly mark: number;
}

export interface RuleMatch {
  /** undefined: the rule says something that is not known here. */
  readonly matches: boolean | undefined;
  readonly target?: string;
  /** What follows the target's name. */
  readonly options: readonly string[];
  readonly isGoto: boolean;
}

const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  'ipv6-icmp': 58,
  icmpv6: 58,
  vrrp: 112,
  sctp: 132,
};

type Test = (value: string, subject: Subject, next: () => string, rules: Ruleset) => boolean | undefined;

const contains = (cidr: string, ip: string | undefined): boolean => {
  if (ip === undefined) return false;
  const [network = '', prefix] = cidr.split('/');
  const six = isIPv6(network);
  if (six !== isIPv6(ip)) return false;
  const family = six ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, prefix === undefined ? (six ? 128 : 32) : Number(prefix), family);
  return list.check(ip, family);
};

const inRange = (range: string, port: number | undefined): boolean => {
  const [low = '', high = low] = range.split(':');
  return port !== undefined && port >= Number(low) && port <= Number(high);
};

const isDevice = (pattern: string, device: string | undefined): boolean =>
  device !== undefined &&
  (pattern.endsWith('+') ? device.startsWith(pattern.slice(0, -1)) : device === pattern);

const anyOf = (list: string, test: (one: string) => boolean): boolean => list.split(',').some(test);

const icmpType: Test = (value, { headers: { icmp } }) => {
  if (value === 'any') return icmp !== undefined;
  const [type = '', code] = value.split('/');
  if (!/^\d+$/u.test(type)) return undefined;
  return icmp?.type === Number(type) && (code === undefined || icmp.code === Number(code));
};

const state: Test = (value, subject) => anyOf(value, (one) => one === subject.state);

const TESTS: Readonly<Record<string, Test>> = {
  '-s': (value, { headers }) => anyOf(value, (cidr) => contains(cidr, headers.src_ip)),
  '-d': (value, { headers }) => anyOf(value, (cidr) => contains(cidr, headers.dst_ip)),
  '-p': (value, { headers }) => value === 'all' || headers.protocol === (PROTOCOLS[value] ?? Number(value)),
  '-i': (value, subject) => isDevice(value, subject.in),
  '-o': (value, subject) => isDevice(value, subject.out),
  '--sport': (value, { headers }) => inRange(value, headers.src_port),
  '--dport': (value, { headers }) => inRange(value, headers.dst_port),
  '--sports': (value, { headers }) => anyOf(value, (range) => inRange(range, headers.src_port)),
  '--dports': (value, { headers }) => anyOf(value, (range) => inRange(range, headers.dst_port)),
  '--icmp-type': icmpType,
  '--icmpv6-type': icmpType,
  '--state': state,
  '--ctstate': state,
  '--physdev-in': (value, { physdev_in }) => isDevice(value, physdev_in),
  '--physdev-out': (value, { physdev_out }) => isDevice(value, physdev_out),
  '--mac-source': (value, { headers }) => headers.src_mac.toLowerCase() === value.toLowerCase(),
  '--mark': (value, { mark }) => {
    const [wanted = '', mask = '0xffffffff'] = value.split('/');
    return (mark & Number(mask)) >>> 0 === Number(wanted);
  },
  '--match-set': (name, { headers }, next, { sets }) => {
    const direction = next();
    const ip = direction === 'src' ? headers.src_ip : direction === 'dst' ? headers.dst_ip : undefined;
    const members = sets.get(name);
    if (ip === undefined || members === undefined) return undefined;
    return members.some((member) => contains(member, ip));
  },
};

/** Words that say nothing about the packet, with how many words belong to each. */
const SILENT: Readonly<Record<string, number>> = { '-m': 1, '--comment': 1 };

export function matchRule(words: readonly string[], subject: Subject, rules: Ruleset): RuleMatch {
  let at = 0;
  const next = (): string => words[at++] ?? '';
  let negated = false;
  let known = true;
  let fails = false;
  while (at < words.length) {
    const word = next();
    if (word === '!') {
      negated = true;
      continue;
    }
    if (word === '-j' || word === '-g') {
      const target = next();
      const matches = fails ? false : known ? true : undefined;
      return { matches, target, options: words.slice(at), isGoto: word === '-g' };
    }
    const silent = SILENT[word];
    if (silent !== undefined) {
      at += silent;
      continue;
    }
    const test = TESTS[word];
    const result =
      word === '--physdev-is-bridged'
        ? subject.physdev_in !== undefined && subject.physdev_out !== undefined
        : test?.(next(), subject, next, rules);
    if (result === undefined) {
      known = false;
      // What is not known may have any number of words.
      while (at < words.length && !(words[at] ?? '').startsWith('-') && words[at] !== '!') at++;
    } else if (result === negated) fails = true;
    negated = false;
  }
  return { matches: fails ? false : known ? true : undefined, options: [], isGoto: false };
}
