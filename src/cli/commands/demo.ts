/** What `npm start` runs: everything once, explained. */
import { check } from '../../cloud/check.ts';
import { Cloud } from '../../cloud/cloud.ts';
import { sendPing } from '../../cloud/send.ts';
import { stopWhenIdle } from '../running/private-engine.ts';
import { ping } from '../../probe/index.ts';
import { loadCloud } from '../../topology/index.ts';
import { commandName } from '../command-name.ts';
import type { Context, Result } from '../context.ts';
import { cloudJson, serverTable } from '../describe-cloud.ts';
import { cloudDocument, DEFAULT_CLOUD } from '../documents.ts';
import { explained, type Explaining } from '../explain-check.ts';
import { engineFor, prepare, type Ready } from '../running/engine.ts';
import { unlessAborted } from '../running/with-cloud.ts';
import { RunRecord, type RecordedStep } from '../run-record.ts';
import { EXIT_OF, type Fate, gravest, tellCheck, verdictLine } from '../tell-check.ts';
import { count, span, table } from '../terminal/table.ts';
import { stageText } from './up.ts';

interface Story {
  readonly name: string;
  readonly capability: string;
  /** What is about to be seen. */
  readonly about: string;
  /** Whether each bridge's part is told, or only that of the one at fault. */
  readonly explain: Explaining;
  readonly act: (cloud: Cloud) => Promise<Omit<RecordedStep, 'ms'>>;
}

const STORIES: readonly Story[] = [
  {
    name: 'Two servers on one host',
    capability: 'l2.same-host',
    about: 'web1 and web3 are on compute1: only the ARP question, a broadcast, goes to the other host too.',
    explain: 'failed',
    act: (cloud) => pinging(cloud, 'web1', 'web3'),
  },
  {
    name: 'Across hosts over VXLAN',
    capability: 'l2.vxlan',
    about:
      'web2 is on compute2: compute1 answers the ARP request itself, and only the echo crosses the wire.',
    explain: 'all',
    act: (cloud) => pinging(cloud, 'web1', 'web2'),
  },
  {
    name: 'Two networks with the same addresses',
    capability: 'l2.isolation',
    about: 'web1 and db1 are both 10.0.1.11 and ping 10.0.1.12 at once: web2 hears the one, db2 the other.',
    explain: 'failed',
    act: isolation,
  },
];

export async function demo(context: Context): Promise<Result> {
  const document = cloudDocument(DEFAULT_CLOUD);
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
    for (const story of STORIES) {
      const result = await unlessAborted(signal, tellStory(context, cloud, story, record));
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

async function tellStory(context: Context, cloud: Cloud, story: Story, record: RunRecord): Promise<Fate> {
  const { print, paint } = context;
  print(`\n${paint('bold', story.name)}\n${paint('dim', story.about)}\n`);
  // Each story from the start: nobody has asked for anybody's address yet.
  await cloud.reset();
  const started = performance.now();
  const done = await story.act(cloud);
  const step = {
    ...done,
    check: await explained(cloud, done.check, done.observed.frames, story.explain),
  };
  const checked = { check: step.check, dropped: step.observed.observation.dropped };
  tellCheck(context, checked);
  print(verdictLine(context, checked));
  return record.add({ ...story, steps: [{ ...step, ms: performance.now() - started }] });
}

async function pinging(cloud: Cloud, from: string, to: string): Promise<Omit<RecordedStep, 'ms'>> {
  const exchange = await sendPing(cloud, { from, to });
  return { title: `ping ${from} ${to}`, check: exchange, observed: exchange.observed };
}

/** Both at once, in one capture: each is the proof that the other's silence was no deafness. */
async function isolation(cloud: Cloud): Promise<Omit<RecordedStep, 'ms'>> {
  const guests = await cloud.guests();
  const destination = cloud.address('web2');
  const observed = await cloud.observe(() =>
    Promise.all(['web1', 'db1'].map((server) => ping(guests, server, destination))),
  );
  const title = `web1 and db1 ping ${destination}`;
  return { title, check: check(cloud.topology, observed.observation), observed };
}

function endText(
  { paint }: Context,
  stories: readonly { name: string; result: Fate }[],
  html: string,
): string {
  const marks: Readonly<Record<Fate, string>> = {
    passed: paint('green', '✓'),
    failed: paint('red', '✗'),
    inconclusive: paint('yellow', '?'),
    nothing: paint('yellow', '?'),
  };
  return [
    ...stories.map(({ name, result }) => `${marks[result]} ${name}`),
    '',
    `report: ${html}`,
    '',
    'What to try next:',
    table([
      [`  ${commandName()} up`, 'the same cloud, until you take it down'],
      [`  ${commandName()} ping web1 web2`, 'a packet’s way through it'],
      [`  ${commandName()} capture compute1:eth1`, 'what is on a cable, live'],
      ['  npm test', 'every scenario'],
    ]),
  ].join('\n');
}
