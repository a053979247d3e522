import type { Topology, UnderlayHost } from '../../topology/topology.ts';
import { bridgeOf, hasBridges } from './host.ts';
import { servicesOf } from './services.ts';
import { NETWORK_COLOURS } from './types.ts';

const COLOURS = ['#0f8b8d', '#7a5cc8', '#b7791f', '#c2457d', '#5d8a1f', '#4a6fa5', '#9a5b3c', '#56707c'];
const LAYERS = ['internet', 'router', 'switch'];

/** A topology as a mermaid flowchart, which many forges and editors draw. */
export function toMermaid(topology: Topology): string {
  const hosts = Object.values(topology.underlay.hosts);
  const id = identifiers();
  const lines = [
    `%% ${topology.name} on ${topology.underlay.name}`.replaceAll(/[\r\n]+/g, ' '),
    'flowchart TB',
  ];
  for (const role of LAYERS)
    for (const host of hosts.filter((each) => each.role === role)) lines.push(`  ${lonely(host, id)}`);
  for (const host of hosts.filter((each) => !LAYERS.includes(each.role)))
    lines.push(...hostLines(topology, host, id));
  for (const { ends } of topology.underlay.links) {
    const [a, b] = ends;
    const label = `${a.host} ${a.device} · ${a.networks.join(', ')} · ${b.host} ${b.device}`;
    lines.push(`  ${endId(topology, b, id)} ---|${quoted(label)}| ${endId(topology, a, id)}`);
  }
  const networks = Object.keys(topology.networks);
  for (const index of networks.keys())
    if (index < NETWORK_COLOURS)
      lines.push(`  classDef net${index} stroke:${COLOURS[index]},stroke-width:3px`);
  for (const server of Object.values(topology.servers)) {
    const port = topology.ports[server.nics[0]?.port ?? ''];
    const index = networks.indexOf(port?.network ?? '');
    if (index >= 0) lines.push(`  class ${id('server', server.name)} net${index % NETWORK_COLOURS}`);
  }
  return `${lines.join('\n')}\n`;
}

type Identify = (kind: string, name: string) => string;

/** Short identifiers in order of first use: names may hold what mermaid takes for syntax. */
function identifiers(): Identify {
  const known = new Map<string, string>();
  return (kind, name) => {
    const key = `${kind} ${name}`;
    const id = known.get(key) ?? `${kind}${known.size + 1}`;
    known.set(key, id);
    return id;
  };
}

function lonely(host: UnderlayHost, id: Identify): string {
  const text = quoted(host.name, host.role);
  if (host.role === 'internet') return `${id('node', host.name)}([${text}])`;
  if (host.role === 'switch') return `${id('node', host.name)}[[${text}]]`;
  return `${id('node', host.name)}[${text}]`;
}

function hostLines(topology: Topology, host: UnderlayHost, id: Identify): string[] {
  const bridged = hasBridges(topology, host);
  const lines = [`  subgraph ${id('host', host.name)}[${quoted(`${host.name} · ${host.role}`)}]`];
  if (!bridged) lines.push(`    ${id('stack', host.name)}[${quoted(host.name)}]`);
  if (bridged) {
    const bridges = host.interfaces
      .map((nic) => bridgeOf(topology, nic))
      .filter((name) => name !== undefined);
    lines.push(`    ${id('bridge', `${host.name}/br-int`)}[[${quoted('br-int')}]]`);
    for (const bridge of new Set(bridges)) {
      lines.push(`    ${id('bridge', `${host.name}/${bridge}`)}[[${quoted(bridge)}]]`);
      lines.push(`    ${id('bridge', `${host.name}/${bridge}`)} --- ${id('bridge', `${host.name}/br-int`)}`);
    }
    if (host.interfaces.some((nic) => bridgeOf(topology, nic) === undefined))
      lines.push(`    ${id('stack', host.name)}[${quoted('IP stack')}]`);
  }
  for (const server of Object.values(topology.servers).filter((each) => each.host === host.name)) {
    const addresses = server.nics.flatMap(
      (nic) => topology.ports[nic.port]?.fixed_ips.map((ip) => ip.ip_address) ?? [],
    );
    lines.push(`    ${id('server', server.name)}([${quoted(server.name, ...addresses)}])`);
    for (const nic of server.nics) {
      const network = topology.ports[nic.port]?.network ?? '';
      lines.push(
        `    ${id('bridge', `${host.name}/br-int`)} ---|${quoted(network)}| ${id('server', server.name)}`,
      );
    }
  }
  for (const { name, ports } of servicesOf(topology, host)) {
    const box = id('namespace', `${host.name}/${name}`);
    const addresses = ports.flatMap(({ port }) => port.fixed_ips.map((ip) => ip.ip_address));
    lines.push(`    ${box}{{${quoted(name, ...addresses)}}}`);
    for (const { port } of ports)
      lines.push(`    ${id('bridge', `${host.name}/br-int`)} ---|${quoted(port.network)}| ${box}`);
  }
  return [...lines, '  end'];
}

function endId(
  topology: Topology,
  end: Topology['underlay']['links'][number]['ends'][number],
  id: Identify,
): string {
  const host = topology.underlay.hosts[end.host];
  if (host === undefined || LAYERS.includes(host.role)) return id('node', end.host);
  const bridge = hasBridges(topology, host) ? bridgeOf(topology, end) : undefined;
  return bridge === undefined ? id('stack', end.host) : id('bridge', `${end.host}/${bridge}`);
}

/** Lines of text in quotes, as mermaid wants them. */
function quoted(...lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    line
      .replaceAll('#', '#35;')
      .replaceAll('"', '#quot;')
      .replaceAll('<', '#lt;')
      .replaceAll('>', '#gt;')
      .replaceAll(/[\r\n]+/g, ' '),
  );
  return `"${escaped.join('<br/>')}"`;
}
