/** What `npm start` runs: everything once, explained. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Check, CheckedJourney } from '../../cloud/check.ts';
import { Cloud } from '../../cloud/cloud.ts';
import { serveHttp } from '../../probe/index.ts';
import { type CloudDocumentInput, loadCloud } from '../../topology/index.ts';
import { Play } from '../demo/play.ts';
import { STORIES, type Story } from '../demo/stories.ts';
import { stopWhenIdle } from '../running/private-engine.ts';
import { commandName } from '../command-name.ts';
import type { Context, Result } from '../context.ts';
import { cloudJson, serverTable } from '../describe-cloud.ts';
import { cloudDocument } from '../documents.ts';
import { explained } from '../explain-check.ts';
import { engineFor, prepare, type Ready } from '../running/engine.ts';
import { unlessAborted } from '../running/with-cloud.ts';
import { RunRecord, type RecordedStep } from '../run-record.ts';
import { EXIT_OF, type Fate, gravest, tellCheck, verdictLine } from '../tell-check.ts';
import { count, span, table } from '../terminal/table.ts';
import { stageText } from './up.ts';

/** The cloud that is shown. */
const CLOUD = 'classic-demo';

export async function demo(context: Context): Promise<Result> {
  const document = cloudDocument(CLOUD);
  const topology = await loadCloud(document);
  const { print, paint, progress, signal } = context;
  progress.step('looking for an engine');
  const engine = await engineFor(context);
  try {
    const ready = await prepare(context, engine);
    print(machineText(context, ready));
    const started = performance.now();
    await using cloud = await Cloud.up({
      ...ready,
      topology,
      document,
      name: `demo-${process.pid}`,
      lifetime: 'process',
      signal,
      onStage: (stage) => progress.step(stageText(stage, topology)),
    });
    const upMs = performance.now() - started;
    const json = cloudJson({
      name: topology.name,
      topology,
      state: cloud.cluster.state,
      target: cloud.target.name,
      datapath: ready.datapathType,
      document,
    });
    print(
      `${paint('bold', topology.name)} is up: ${count(json.nodes.length, 'node')}, ${count(json.servers.length, 'server')} on ${json.underlay} (${json.target}), ${span(upMs)}\n`,
    );
    print(serverTable(json, context));

    const record = new RunRecord('demo', cloud);
    record.timings.push({ name: 'up', ms: upMs });
    const stories: { name: string; result: Fate }[] = [];
    const guests = await cloud.guests();
    await using web1 = await serveHttp(guests, 'web1');
    await using web2 = await serveHttp(guests, 'web2');
    const source = parse(await readFile(document, 'utf8')) as CloudDocumentInput;
    const play = new Play(cloud, source, [web1, web2]);
    for (const story of STORIES) {
      const result = await unlessAborted(signal, tellStory(context, play, story, record));
      stories.push({ name: story.name, result });
    }
    const fate = gravest(stories.map(({ result }) => result));
    const paths = await record.write();
    const before = performance.now();
    progress.step('taking it down');
    await cloud.down();
    print(`\n${topology.name} is down, ${span(performance.now() - before)}; nothing of it is left\n`);
    print(endText(context, stories, paths.html));
    return { exitCode: EXIT_OF[fate], json: { result: fate, stories, report: paths.directory, upMs } };
  } finally {
    if (engine.started) await stopWhenIdle(context, engine);
  }
}

function machineText({ paint }: Context, { engine, image, datapathType }: Ready): string {
  const origin = { 'docker-host': 'named by DOCKER_HOST', running: 'found running', private: 'private' };
  const datapath =
    datapathType === 'system' ? 'system: the kernel’s' : 'netdev: user space (this kernel has none)';
  return `${table([
    [paint('dim', 'engine'), `docker ${engine.version}, ${origin[engine.how]}, ${engine.socket}`],
    [paint('dim', 'node image'), image],
    [paint('dim', 'datapath'), datapath],
  ])}\n`;
}

async function tellStory(context: Context, play: Play, story: Story, record: RunRecord): Promise<Fate> {
  const { print, paint } = context;
  print(`\n${paint('bold', story.name)}\n${paint('dim', story.about)}\n`);
  // Each story from the start: nobody has asked for anybody's address yet.
  await play.cloud.reset();
  let started = performance.now();
  await story.play(play);
  const { acts, findings } = play.take();
  const steps: RecordedStep[] = [];
  for (const { tells, ...act } of acts) {
    const told = act.check.journeys.filter((journey) => !journey.ok || tells(journey));
    const shown = await explained(
      play.cloud,
      { ...act.check, journeys: told },
      act.observed.frames,
      story.explain,
    );
    const dropped = act.observed.observation.dropped;
    print(`${paint('bold', act.title)}\n`);
    tellCheck(context, { check: shown, dropped });
    print(`${verdictLine(context, { check: act.check, dropped })}\n`);
    steps.push({ ...act, check: withTold(act.check, told, shown.journeys), ms: performance.now() - started });
    started = performance.now();
  }
  for (const { text, status } of findings) print(`${marks(context)[status]} ${text}`);
  return record.add({ ...story, steps, findings });
}

/** All packets, those that were told with what the switches say of them. */
function withTold(
  check: Check,
  told: readonly CheckedJourney[],
  explainedOnes: readonly CheckedJourney[],
): Check {
  const journeys = check.journeys.map((journey) => explainedOnes[told.indexOf(journey)] ?? journey);
  return { ...check, journeys };
}

const marks = ({ paint }: Context): Readonly<Record<Fate, string>> => ({
  passed: paint('green', '✓'),
  failed: paint('red', '✗'),
  inconclusive: paint('yellow', '?'),
  nothing: paint('yellow', '?'),
});

function endText(context: Context, stories: readonly { name: string; result: Fate }[], html: string): string {
  return [
    ...stories.map(({ name, result }) => `${marks(context)[result]} ${name}`),
    '',
    `report: ${html}`,
    '',
    'What to try next:',
    table([
      [`  ${commandName()} up ${CLOUD}`, 'the same cloud, until you take it down'],
      [`  ${commandName()} ping web1 web2`, 'a packet’s way through it'],
      [`  ${commandName()} capture compute1:eth1`, 'what is on a cable, live'],
      ['  npm test', 'every scenario'],
    ]),
  ].join('\n');
}
