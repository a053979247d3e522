/** What flows and chains make of the first packet of a connection to a port, told from their texts alone. */
import type { FlowState, NamespaceState } from '../../../state/types.ts';

export interface FirstPacket {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly source: string;
  /** Destination port; for ICMP the type. */
  readonly number: number;
}

const toNumber = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

export const isWithin = (address: string, prefix: string): boolean => {
  const [network = '', length = '32'] = prefix.split('/');
  const size = 2 ** (32 - Number(length));
  return Math.floor(toNumber(address) / size) === Math.floor(toNumber(network) / size);
};

const isMasked = (port: number, text: string): boolean => {
  const [value = '', mask = '0xffff'] = text.split('/');
  // oxlint-disable-next-line no-bitwise
  return (port & Number(mask)) === Number(value);
};

/** Fields of a flow of table 82 that a packet must meet; conj_id is left to the caller. */
const meets = (match: string, packet: FirstPacket, reg5: string, reg6: string): boolean =>
  match.split(',').every((field) => {
    const [name = '', value = ''] = field.split('=');
    switch (name) {
      case 'ip':
      case 'conj_id':
        return true;
      case 'ct_state':
        return value === '+new-est' || value === '-est';
      case 'reg5':
        return value === reg5;
      case 'reg6':
        return value === reg6;
      case 'nw_src':
        return isWithin(packet.source, value);
      case 'tp_dst':
        return isMasked(packet.number, value);
      case 'icmp_type':
        return Number(value) === packet.number;
      default:
        return name === packet.protocol;
    }
  });

/** Whether Open vSwitch lets the packet through table 82: the highest priority wins, conjunctions included. */
export const allowedByFlows = (
  flows: readonly FlowState[],
  packet: FirstPacket,
  reg5: string,
  reg6: string,
): boolean => {
  const hit = flows.filter(({ table, match }) => table === 82 && meets(match, packet, reg5, reg6));
  const priorities = [...new Set(hit.map(({ priority }) => priority))].toSorted((a, b) => b - a);
  for (const priority of priorities) {
    const here = hit.filter((flow) => flow.priority === priority);
    const clauses = new Map<string, Set<string>>();
    for (const { actions } of here)
      for (const [, id = '', clause = ''] of actions.matchAll(/conjunction\((\d+),(\d)\/2\)/gu))
        clauses.set(id, (clauses.get(id) ?? new Set()).add(clause));
    const ids = new Set([...clauses].filter(([, met]) => met.size === 2).map(([id]) => id));
    const final = here.find(({ match, actions }) => {
      const [, id] = /conj_id=(\d+)/u.exec(match) ?? [];
      return id === undefined ? !actions.includes('conjunction(') : ids.has(id);
    });
    if (final !== undefined) return final.actions.includes('output:');
  }
  return false;
};

const ruleMeets = (text: string, packet: FirstPacket, { ipsets }: NamespaceState): boolean => {
  const option = (pattern: RegExp) => pattern.exec(text)?.[1];
  const [source, protocol] = [option(/-s (\S+)/u), option(/-p (\S+)/u)];
  const [port, ports] = [option(/--dport (\d+)/u), option(/--dports (\S+)/u)];
  const [set, type] = [option(/--match-set (\S+) src/u), option(/--icmp-type (\d+)/u)];
  const [first = 0, last = first] = (ports ?? '').split(':').map(Number);
  return (
    (source === undefined || isWithin(packet.source, source)) &&
    (protocol === undefined || protocol === packet.protocol) &&
    (port === undefined || Number(port) === packet.number) &&
    (ports === undefined || (first <= packet.number && packet.number <= last)) &&
    (type === undefined || Number(type) === packet.number) &&
    (set === undefined || (ipsets[set]?.members ?? []).some((one) => isWithin(packet.source, one)))
  );
};

/** Whether the chain of what goes to a port lets the packet through. */
export const allowedByChain = (root: NamespaceState, chain: string, packet: FirstPacket): boolean => {
  const rules = root.netfilter[`ipv4 filter ${chain}`]?.rules ?? [];
  const hit = rules
    .filter(({ text }) => !text.includes('--state') && !text.includes('--sport'))
    .find(({ text }) => ruleMeets(text, packet, root));
  return hit?.text.endsWith('-j RETURN') === true;
};
