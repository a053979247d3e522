/** What a node's kernel makes of a packet: its rules, its routes and its neighbours, asked after the fact. */
import type { Agent, Cluster } from '../../engine/index.ts';
import type { Headers, Hop, KernelStep } from '../../journey/index.ts';
import type { NamespaceState } from '../../state/index.ts';
import { kernelConnection } from '../connections.ts';
import type { Subject } from '../netfilter/match.ts';
import { parseRuleset, type Ruleset, rulesetOf } from '../netfilter/rules.ts';
import { rulingsAt } from '../netfilter/verdicts.ts';

type Ask = (...argv: string[]) => Promise<string>;

interface Rules {
  readonly actual: Ruleset;
  readonly asked: Ruleset;
}

/** Runs commands in a namespace; what fails there has its complaint for an answer. */
function asker(agent: Agent, namespace: string): Ask {
  return async (...argv) => {
    const { stdout, stderr } = await agent.request<{ stdout: string; stderr: string }>('run', {
      argv,
      namespace,
      check: false,
    });
    return stdout === '' ? stderr : stdout;
  };
}

async function rulesIn(ask: Ask, state: NamespaceState, family: 'ipv4' | 'ipv6'): Promise<Rules> {
  const asked = rulesetOf(state, family);
  const [save, sets] = await Promise.all([
    ask(family === 'ipv4' ? 'iptables-save' : 'ip6tables-save'),
    Object.keys(state.ipsets).length > 0 ? ask('ipset', 'save') : '',
  ]);
  return { actual: parseRuleset(save, sets, asked), asked };
}

const familyOf = ({ src_ip }: Headers): 'ipv4' | 'ipv6' | undefined =>
  src_ip === undefined ? undefined : src_ip.includes(':') ? 'ipv6' : 'ipv4';

/** The ports of a Linux bridge between a tap and Open vSwitch (iptables_hybrid). */
export interface BridgePorts {
  readonly in: string;
  readonly out: string;
}

/** What the rules of a node's own namespace make of a packet that a Linux bridge passes on. */
export async function bridgedSteps(
  cluster: Cluster,
  node: string,
  headers: Headers,
  ports: BridgePorts,
): Promise<KernelStep[]> {
  const state = cluster.state.nodes[node]?.namespaces[''];
  const family = familyOf(headers);
  if (!state || !family || Object.keys(state.netfilter).length === 0) return [];
  const ask = asker(await cluster.agent(node), '');
  const [{ actual, asked }, connections] = await Promise.all([
    rulesIn(ask, state, family),
    ask('conntrack', '-L', '-f', family),
  ]);
  const subject: Subject = {
    headers,
    physdev_in: ports.in,
    physdev_out: ports.out,
    state: kernelConnection(connections, headers) ? 'ESTABLISHED' : 'NEW',
    mark: 0,
  };
  const first = rulingsAt(actual, asked, 'raw', 'PREROUTING', subject);
  const second = rulingsAt(actual, asked, 'filter', 'FORWARD', subject);
  return [...first.steps, ...second.steps];
}

/** Of a device on a switch, or of an end of a cable between two namespaces. */
function namespaceOf({ state }: Cluster, { node, device }: Hop): string | undefined {
  const port = state.nodes[node]?.ports[device];
  const ends = Object.values(state.wires).flatMap((wire) => wire.ends);
  return (port ?? ends.find((end) => end.node === node && end.device === device))?.namespace;
}

/** What a namespace makes of a packet that came in at one of its devices. */
export async function namespaceSteps(cluster: Cluster, hop: Hop): Promise<KernelStep[]> {
  const name = namespaceOf(cluster, hop);
  const state = name === undefined ? undefined : cluster.state.nodes[hop.node]?.namespaces[name];
  const family = familyOf(hop.headers);
  if (name === undefined || !state || !family) return [];
  const ask = asker(await cluster.agent(hop.node), name);
  const [{ actual, asked }, connections] = await Promise.all([
    rulesIn(ask, state, family),
    ask('conntrack', '-L', '-f', family),
  ]);
  const known = kernelConnection(connections, hop.headers);
  const steps: KernelStep[] = [];
  let subject: Subject = {
    headers: hop.headers,
    in: hop.device,
    state: known ? 'ESTABLISHED' : 'NEW',
    mark: 0,
  };
  /** Tells what the rules of a chain do; false when they end the packet's way, or nobody knows. */
  const rule = (table: string, chain: string): readonly string[] | undefined => {
    const { actual: done, steps: told } = rulingsAt(actual, asked, table, chain, subject);
    steps.push(...told);
    subject = { ...subject, mark: done.mark };
    if (done.target === undefined || done.target === 'DROP' || done.target === 'REJECT') return undefined;
    return [done.target, ...done.options];
  };

  if (!rule('raw', 'PREROUTING') || !rule('mangle', 'PREROUTING')) return steps;
  const translation = known ? undefined : rule('nat', 'PREROUTING');
  if (!known && !translation) return steps;
  const destination = known?.destination ?? destinationAfter(translation ?? [], hop.headers);
  if (destination === undefined) return steps;
  subject = { ...subject, headers: { ...subject.headers, dst_ip: destination } };

  const route = await routeTo(ask, subject, hop.device);
  steps.push(route.step);
  if (route.local) {
    rule('filter', 'INPUT');
    return steps;
  }
  if (route.device === undefined) return steps;
  subject = { ...subject, out: route.device };
  if (!rule('mangle', 'FORWARD') || !rule('filter', 'FORWARD')) return steps;
  steps.push(...(await neighbourSteps(ask, route.via ?? destination, route.device)));
  if (!known) rule('nat', 'POSTROUTING');
  return steps;
}

/** undefined where the packet is taken in by the namespace itself, on another port. */
function destinationAfter([target, ...options]: readonly string[], { dst_ip }: Headers): string | undefined {
  if (target === 'REDIRECT') return undefined;
  if (target !== 'DNAT') return dst_ip;
  const to = options[options.indexOf('--to-destination') + 1] ?? '';
  return /^\[(.*)\]/u.exec(to)?.[1] ?? (to.split(':').length === 2 ? to.split(':')[0] : to);
}

interface Route {
  readonly step: KernelStep;
  readonly local: boolean;
  readonly device?: string;
  readonly via?: string;
}

async function routeTo(ask: Ask, { headers, mark }: Subject, device: string): Promise<Route> {
  const { src_ip = '', dst_ip = '' } = headers;
  const marked = mark === 0 ? [] : ['mark', `0x${mark.toString(16)}`];
  const text = await ask('ip', 'route', 'get', dst_ip, 'from', src_ip, 'iif', device, ...marked);
  const [line = ''] = text.split('\n');
  const what = `${dst_ip} from ${src_ip} iif ${device}`;
  const out = / dev (\S+)/u.exec(line)?.[1];
  if (out === undefined)
    return { step: { where: 'route', what, outcome: line.trim(), fault: true }, local: false };
  const via = / via (\S+)/u.exec(line)?.[1];
  const local = line.startsWith('local ');
  const outcome = local ? 'here' : `${via === undefined ? '' : `via ${via} `}dev ${out}`;
  return {
    step: { where: 'route', what, outcome },
    local,
    device: out,
    ...(via !== undefined && { via }),
  };
}

async function neighbourSteps(ask: Ask, address: string, device: string): Promise<KernelStep[]> {
  const text = await ask('ip', 'neigh', 'show', 'to', address, 'dev', device);
  const outcome = / (FAILED|INCOMPLETE)/u.exec(text)?.[1];
  if (outcome === undefined) return [];
  return [{ where: 'neighbour', what: `${address} dev ${device}`, outcome, fault: true }];
}
