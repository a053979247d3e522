import { Cloud } from '../../cloud/cloud.ts';
import { sendPing } from '../../cloud/send.ts';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { loadCloud } from '../../topology/index.ts';
import type { Context, Result } from '../context.ts';
import { cloudDocument } from '../documents.ts';
import { explained } from '../explain-check.ts';
import { type PathRow, pathsMarkdown, pathsText, routerKind } from '../paths/render.ts';
import { type Trip, tripsIn } from '../paths/traffic.ts';
import { wayOf } from '../paths/way.ts';
import { engineFor, prepare } from '../running/engine.ts';
import { stopWhenIdle } from '../running/private-engine.ts';
import { unlessAborted } from '../running/with-cloud.ts';
import { EXIT_OF, fateOf, gravest, tellCheck } from '../tell-check.ts';
import { stageText } from './up.ts';

export interface PathsInput {
  readonly document?: string;
  readonly markdown?: boolean;
}

/** The cloud whose routers are compared when none is named. */
const DEFAULT = 'juno-routers';

export async function paths(context: Context, input: PathsInput): Promise<Result> {
  const document = cloudDocument(input.document ?? DEFAULT);
  const topology = await loadCloud(document);
  const trips = tripsIn(topology);
  if (trips.length === 0) throw noTrips(document);
  const { progress, signal } = context;
  progress.step('looking for an engine');
  const engine = await engineFor(context);
  try {
    await using cloud = await Cloud.up({
      ...(await prepare(context, engine)),
      topology,
      document,
      name: `paths-${process.pid}`,
      lifetime: 'process',
      signal,
      onStage: (stage) => progress.step(stageText(stage, topology)),
    });
    const rows: PathRow[] = [];
    for (const trip of trips) rows.push(await unlessAborted(signal, travel(context, cloud, trip)));
    progress.clear();
    context.print(input.markdown ? pathsMarkdown(rows) : pathsText(rows));
    const result = gravest(rows.map((row) => row.result));
    return { exitCode: EXIT_OF[result], json: { cloud: topology.name, result, paths: rows.map(rowJson) } };
  } finally {
    if (engine.started) await stopWhenIdle(context, engine);
  }
}

/** Sends an echo and judges its request and its reply; what is not as expected is told. */
async function travel(context: Context, cloud: Cloud, trip: Trip): Promise<PathRow> {
  const { traffic, router, from, to, address } = trip;
  context.progress.step(`${routerKind(router)}, ${traffic}: ${from} to ${to}`);
  const sent = await sendPing(cloud, { from, to: address });
  const { request, reply } = sent;
  // What routers, servers and switches say to each other meanwhile is no part of the way.
  const journeys = [request, reply].filter((one) => one !== undefined);
  const check = { ...sent, journeys, unexplained: [], ok: journeys.every(({ ok }) => ok) };
  const { dropped } = sent.observed.observation;
  const unanswered = request?.observed.verdict === 'delivered' && reply === undefined;
  const fate = unanswered && dropped === 0 ? 'failed' : fateOf({ check, dropped });
  const result = fate === 'failed' && (await chosenAnew(cloud)) ? 'inconclusive' : fate;
  if (result === 'failed') {
    const { journeys: all } = await explained(cloud, check, sent.observed.frames, 'failed');
    context.print(`${context.paint('bold', `${from} → ${to} (${address})`)}: ${traffic}\n`);
    tellCheck(context, { check: { ...check, journeys: all.filter(({ ok }) => !ok) }, dropped });
    if (unanswered) context.print('no reply was seen\n');
  }
  if (result !== 'passed') return { trip, result };
  const [there, back] = [request, reply].map(
    (one) => one && wayOf(cloud.topology, one.observed, one.expected.receivers ?? []),
  );
  return { trip, result, ...(there && { request: there }), ...(back && { reply: back }) };
}

/** Whether VRRP has made other hosts active meanwhile: what is judged by those before proves nothing. */
async function chosenAnew(cloud: Cloud): Promise<boolean> {
  const before = cloud.activeRouters;
  const now = await cloud.activeHosts();
  return Object.entries(now).some(([router, hosts]) => hosts.length !== 1 || hosts[0] !== before[router]);
}

function rowJson({ trip, result, request, reply }: PathRow): object {
  const { traffic, router, from, to, address } = trip;
  return {
    traffic,
    router: router.name,
    kind: routerKind(router),
    from,
    to,
    address,
    result,
    request: request ?? null,
    reply: reply ?? null,
  };
}

const noTrips = (document: string): NetdojoError =>
  new NetdojoError(`${document}: no packet would meet a router`, {
    code: 'ND_NO_TRIPS',
    expected: 'a router with servers on two of its networks, or with a way to a host of role internet',
    hint: 'netdojo paths juno-routers',
    exitCode: EXIT.nothing,
  });
