/** The table of ways, for terminals and as Markdown. Pure. */
import type { Router } from '../../topology/index.ts';
import type { Fate } from '../tell-check.ts';
import { table } from '../terminal/table.ts';
import { isSameWayBack, type Way } from './way.ts';
import type { Trip } from './traffic.ts';

export interface PathRow {
  readonly trip: Trip;
  readonly result: Fate;
  /** Only where it was as expected, like the reply's. */
  readonly request?: Way;
  readonly reply?: Way;
}

const HEAD = ['traffic', 'router', 'nodes touched', 'wires', 'TTL', 'reply'];
/** Numbers stand on the right of their columns. */
const RIGHT = new Set([3, 4]);
/** How the host is called that VRRP has made active: it is another one each time. */
const ACTIVE = 'the active node';

export function routerKind({ distributed, ha }: Pick<Router, 'distributed' | 'ha'>): string {
  if (distributed) return ha ? 'DVR + HA' : 'DVR';
  return ha ? 'HA' : 'legacy';
}

export function pathsText(rows: readonly PathRow[]): string {
  const notes = notesOn(rows);
  return [table([HEAD, ...rows.map((row, at) => cells(rows, row, at))]), ...notes].join('\n\n');
}

export function pathsMarkdown(rows: readonly PathRow[]): string {
  const line = (words: readonly string[]): string => `| ${words.join(' | ')} |`;
  const rule = line(HEAD.map((_, column) => (RIGHT.has(column) ? '--:' : '---')));
  const lines = [line(HEAD), rule, ...rows.map((row, at) => line(cells(rows, row, at)))];
  return [lines.join('\n'), ...notesOn(rows)].join('\n\n');
}

/** The traffic is named once, in the first of its rows. */
function cells(rows: readonly PathRow[], { trip, result, request, reply }: PathRow, at: number): string[] {
  const { traffic, router } = trip;
  const head = [traffic === rows[at - 1]?.trip.traffic ? '' : traffic, nameOf(rows, router)];
  if (result !== 'passed' || !request || !reply) return [...head, WRONG[result], '', '', ''];
  return [
    ...head,
    nodesText(request, router),
    String(request.wires),
    ttlText(request),
    replyText(request, reply, router),
  ];
}

const WRONG: Readonly<Record<Fate, string>> = {
  passed: 'kept from arriving, as expected',
  failed: '✗ not as expected',
  inconclusive: '? inconclusive',
  nothing: '? no packet was seen',
};

/** The kind of router; with its name where there are several of the kind. */
function nameOf(rows: readonly PathRow[], router: Router): string {
  const kind = routerKind(router);
  const others = rows.some(
    ({ trip }) => trip.router.name !== router.name && routerKind(trip.router) === kind,
  );
  return others ? `${kind} (${router.name})` : kind;
}

const isCentral = ({ ha, hosts }: Router, node: string): boolean => ha && hosts.includes(node);

const nodesText = ({ nodes }: Way, router: Router): string =>
  nodes.map((node) => (isCentral(router, node) ? ACTIVE : node)).join(' → ');

const ttlText = ({ ttl }: Way): string => (ttl < 0 ? `−${-ttl}` : String(ttl));

function replyText(request: Way, reply: Way, router: Router): string {
  if (isSameWayBack(request, reply)) return 'the same way';
  const same = { ...reply, ttl: request.ttl };
  const way = isSameWayBack(request, same) ? [] : [nodesText(reply, router), `${reply.wires} wires`];
  const ttl = reply.ttl === request.ttl ? [] : [`TTL ${ttlText(reply)}`];
  return [...way, ...ttl].join(', ');
}

function notesOn(rows: readonly PathRow[]): string[] {
  const seen = rows.filter(({ trip, request, reply }) =>
    [request, reply].some((way) => way?.nodes.some((node) => isCentral(trip.router, node))),
  );
  const hosts = [...new Set(seen.flatMap(({ trip }) => trip.router.hosts))];
  return hosts.length === 0 ? [] : [`${ACTIVE}: the one of ${hosts.join(', ')} that VRRP has chosen`];
}
