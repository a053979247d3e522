import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { homedir, release } from 'node:os';
import { dirname, join } from 'node:path';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import type { Engine } from './engine.ts';
import { runThrowAway } from './throw-away.ts';

/** Which datapath Open vSwitch bridges use: the kernel's where it has one, else the one in user space. */
export type Datapath = 'system' | 'netdev';

/** A shell command for a node, which says which datapath works there; for a node that runs anyway. */
export const DATAPATH_PROBE =
  'if ovs-dpctl add-dp system@ovs-probe 2>/dev/null; then ovs-dpctl del-dp system@ovs-probe; echo system; else echo netdev; fi';

/** Each feature with a command that needs it; run in the container's own network namespace, in this order. */
// biome-ignore format: a table
const FEATURES = [
  ['veth',       'ip link add p0 type veth peer name p1'],
  ['netns',      'ip netns add probe'],
  ['sysctl',     'sysctl -q -w net.ipv4.ip_forward=1'],
  ['tun',        'ip tuntap add dev t0 mode tap'],
  ['macvlan',    'ip link add link p0 name m0 type macvlan mode bridge'],
  ['bridge',     'ip link add b0 type bridge'],
  ['vlan',       'ip link add link p0 name p0.5 type vlan id 5'],
  ['vxlan',      'ip link add x0 type vxlan id 5 dstport 4789 dev p0'],
  ['gre',        'ip link add g0 type gretap remote 198.51.100.1 local 198.51.100.2'],
  ['vrf',        'ip link add v0 type vrf table 10'],
  ['netem',      'tc qdisc add dev p0 root netem delay 1ms'],
  ['htb',        'tc qdisc add dev p1 root htb'],
  ['ingress',    'tc qdisc add dev p0 ingress'],
  ['police',     'tc filter add dev p0 ingress protocol all prio 1 matchall action police rate 1mbit burst 10k'],
  ['conntrack',  'conntrack -L'],
  ['nftables',   'nft add table inet probe'],
  ['iptables',   'iptables -t filter -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT'],
  ['ipset',      'ipset create probe hash:ip'],
  ['nfset',      'iptables -A FORWARD -m set --match-set probe src -j ACCEPT'],
  ['brnf',       'grep -q . /proc/sys/net/bridge/bridge-nf-call-iptables'],
  ['ovs',        'ovs-dpctl add-dp system@ovs-probe'],
] as const;

export type Feature = (typeof FEATURES)[number][0];

export type NodeFacts = {
  /** Per feature: `undefined` when it works, else what the command said. */
  readonly missing: Partial<Record<Feature, string>>;
  readonly kernel: string;
  /** Bounding set of capabilities that the engine itself has, as a bit mask. */
  readonly capabilities: bigint;
  readonly memoryAvailable: number;
  readonly diskAvailable: number;
  /** `undefined` when there is no limit. */
  readonly pidLimit: number | undefined;
};

const SCRIPT = `
try() { name=$1; shift; if said=$(sh -c "$*" 2>&1 >/dev/null); then echo "$name=ok"; else echo "$name=no $(echo "$said" | head -n 1)"; fi; }
${FEATURES.map(([name, command]) => `try ${name} '${command}'`).join('\n')}
echo "kernel=$(uname -r)"
echo "capabilities=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/1/status)"
echo "memory=$(sed -n 's/^MemAvailable:[[:space:]]*//p' /proc/meminfo)"
echo "disk=$(df -Pk / | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)"
echo "pids=$(cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null | head -n 1)"
`;

/** Asks a throw-away node what its kernel allows; the engine may be on another machine. */
export async function probeNode(engine: Engine, image: string, signal?: AbortSignal): Promise<NodeFacts> {
  // In the host's process namespace, process 1 shows what the machine (or the engine's container) may do at most.
  const output = await runThrowAway(engine, { image, script: SCRIPT, hostProcesses: true, signal });
  return parseFacts(output);
}

export function parseFacts(output: string): NodeFacts {
  const said = new Map(
    output.split(/\r?\n/).map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]),
  );
  const missing: NodeFacts['missing'] = {};
  for (const [feature] of FEATURES) {
    const answer = said.get(feature) ?? 'not asked';
    if (answer !== 'ok') missing[feature] = answer.replace(/^no( |$)/, '') || 'refused';
  }
  const kibibytes = (name: string) => Number.parseInt(said.get(name) ?? '0', 10) * 1024;
  const pids = Number.parseInt(said.get('pids') ?? '', 10);
  return {
    missing,
    kernel: said.get('kernel') ?? 'unknown',
    capabilities: BigInt(`0x${said.get('capabilities') || '0'}`),
    memoryAvailable: kibibytes('memory'),
    diskAvailable: kibibytes('disk'),
    pidLimit: Number.isNaN(pids) ? undefined : pids,
  };
}

export type ProbeOptions = {
  readonly image: string;
  readonly signal?: AbortSignal;
  readonly cacheFile?: string;
};

/**
 * The datapath that works on an engine. The answer is remembered per machine and boot, so that only the first start
 * pays for the container that finds it out.
 *
 * @throws NetdojoError ND_PROBE when the container says neither
 */
export async function probeDatapath(engine: Engine, options: ProbeOptions): Promise<Datapath> {
  const { image, signal, cacheFile = defaultCache() } = options;
  const key = await kernelKey(engine);
  const known = readCache(cacheFile);
  if (known[key] !== undefined) return known[key];
  const output = (await runThrowAway(engine, { image, script: DATAPATH_PROBE, signal })).trim();
  if (output !== 'system' && output !== 'netdev') {
    throw new NetdojoError(`a node cannot say which datapath Open vSwitch has: ${output}`, {
      code: 'ND_PROBE',
      exitCode: EXIT.environment,
      hint: 'netdojo doctor',
    });
  }
  remember(cacheFile, { ...known, [key]: output });
  return output;
}

/** Where nothing can be kept, the next start asks again. */
function remember(cacheFile: string, answers: Readonly<Record<string, Datapath | undefined>>): void {
  try {
    mkdirSync(dirname(cacheFile), { recursive: true });
    writeFileSync(cacheFile, `${JSON.stringify(answers, undefined, 2)}\n`);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EACCES', 'EROFS', 'ENOSPC', 'EPERM', 'ENOTDIR'].includes(code)) throw error;
  }
}

function defaultCache(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'netdojo', 'datapath.json');
}

/** What the answer depends on: the kernel, its boot, and whether the module has been loaded since. */
async function kernelKey({ docker, how }: Engine): Promise<string> {
  if (how === 'private') {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${release()} ${boot} ${existsSync('/sys/module/openvswitch') ? 'module' : 'no module'}`;
  }
  const { ID, KernelVersion } = (await docker.info()) as { ID: string; KernelVersion: string };
  return `${KernelVersion} ${ID}`;
}

function readCache(path: string): Partial<Record<string, Datapath>> {
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Partial<Record<string, Datapath>>;
  } catch {
    return {}; // cut off by a crash: asked again and written anew
  }
}
