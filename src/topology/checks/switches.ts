/** The switches of an underlay: no loops, because nothing there speaks spanning tree, and no network in pieces. */

import type { Path, Report } from '../problems.ts';
import { networksOf } from '../resolve/underlay.ts';
import type { UnderlayDocument } from '../schema/index.ts';
import { named } from '../names.ts';

interface Cable {
  readonly from: string;
  readonly to: string;
  readonly networks: readonly string[];
  readonly path: Path;
}

export function checkSwitches(document: UnderlayDocument, report: Report): void {
  const cables = cablesOf(document);
  const isSwitch = (host: string) => named(document.hosts, host)?.role === 'switch';
  const reported = new Set<Cable>();
  for (const network of Object.keys(document.networks)) {
    const neighbours = new Map<string, string[]>();
    const on = cables.filter(({ networks }) => networks.includes(network));
    for (const cable of on) {
      const { from, to, path } = cable;
      const way =
        isSwitch(from) && isSwitch(to) && from !== to ? wayBetween(neighbours, to, from) : undefined;
      if (way !== undefined && !reported.has(cable)) {
        reported.add(cable);
        report(path, 'key', {
          code: 'ND_SWITCH_LOOP',
          message: `a loop of switches carries network "${network}": ${[from, ...way].join(' → ')}`,
          expected:
            'one way between two switches on each network (a cable between switches is declared by one of them)',
        });
      }
      connect(neighbours, from, to);
      connect(neighbours, to, from);
    }
    checkConnected(network, neighbours, report);
  }
}

function cablesOf(document: UnderlayDocument): Cable[] {
  return Object.entries(document.hosts).flatMap(([from, { interfaces }]) =>
    Object.entries(interfaces).flatMap(([device, declared]) =>
      named(document.hosts, declared.peer) === undefined
        ? []
        : [
            {
              from,
              to: declared.peer,
              networks: networksOf(declared),
              path: ['hosts', from, 'interfaces', device],
            },
          ],
    ),
  );
}

function connect(neighbours: Map<string, string[]>, from: string, to: string): void {
  const known = neighbours.get(from);
  if (known === undefined) neighbours.set(from, [to]);
  else known.push(to);
}

/** Everything that can be reached from a host, with the host that leads there; from itself ''. */
function reachable(
  neighbours: ReadonlyMap<string, readonly string[]>,
  from: string,
): ReadonlyMap<string, string> {
  const cameFrom = new Map([[from, '']]);
  // A Map may grow while it is walked.
  for (const at of cameFrom.keys()) {
    for (const next of neighbours.get(at) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, at);
  }
  return cameFrom;
}

/** The shortest way, both ends included. */
function wayBetween(
  neighbours: ReadonlyMap<string, readonly string[]>,
  from: string,
  to: string,
): string[] | undefined {
  const cameFrom = reachable(neighbours, from);
  if (!cameFrom.has(to)) return undefined;
  const way: string[] = [];
  for (let step = to; step !== ''; step = cameFrom.get(step) ?? '') way.unshift(step);
  return way;
}

function checkConnected(
  network: string,
  neighbours: ReadonlyMap<string, readonly string[]>,
  report: Report,
): void {
  const [first, ...others] = neighbours.keys();
  if (first === undefined) return;
  const connected = reachable(neighbours, first);
  const cutOff = others.find((host) => !connected.has(host));
  if (cutOff === undefined) return;
  report(['networks', network], 'key', {
    code: 'ND_UNDERLAY_SPLIT',
    message: `network "${network}" is in pieces: no cable that carries it leads from "${first}" to "${cutOff}"`,
    expected: 'all hosts of a network connected',
    hint: `add "${network}" to the networks of a cable between the switches`,
  });
}
