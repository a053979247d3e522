import { resolve } from 'node:path';
import { Cloud } from '../../cloud/cloud.ts';
import type { Stage } from '../../engine/index.ts';
import { type Topology, loadCloud } from '../../topology/index.ts';
import { commandName } from '../command-name.ts';
import type { Context, Result } from '../context.ts';
import { cloudJson, serverTable } from '../describe-cloud.ts';
import { cloudDocument, DEFAULT_CLOUD } from '../documents.ts';
import { engineFor, prepare } from '../running/engine.ts';
import { rememberHeard } from '../running/heard.ts';
import { count, span, table } from '../terminal/table.ts';

export interface UpInput {
  readonly document?: string;
  readonly name?: string;
  readonly target: 'ml2-ovs';
  readonly dryRun?: boolean;
}

export async function up(context: Context, input: UpInput): Promise<Result> {
  const { signal, progress } = context;
  const document = cloudDocument(input.document ?? DEFAULT_CLOUD);
  // Before anything is started: what is wrong with the document is said at once.
  const topology = await loadCloud(document);
  if (input.dryRun) {
    const { planFromNothing } = await import('../plan-text.ts');
    return { json: { plan: planFromNothing(context, { topology, document, ...input }).json } };
  }
  const ready = await prepare(context, await engineFor(context));
  const { name = topology.name, target } = input;
  const cloud = await Cloud.up({
    ...ready,
    topology,
    target,
    name,
    // Commands that come later may stand elsewhere.
    document: resolve(document),
    lifetime: 'kept',
    signal,
    onStage: (stage) => progress.step(stageText(stage, topology)),
  });
  try {
    await rememberHeard(cloud);
    signal.throwIfAborted();
    await cloud.cluster.keep();
  } catch (error) {
    await cloud.down();
    throw error;
  }
  const json = cloudJson({
    name,
    topology,
    state: cloud.cluster.state,
    target,
    datapath: ready.datapathType,
    document,
  });
  await cloud[Symbol.asyncDispose]();
  // Since the start of the program.
  const ms = Math.round(performance.now());
  context.print(
    `${context.paint('bold', name)} is up: ${count(json.nodes.length, 'node')}, ${count(json.servers.length, 'server')} on ${json.underlay} (${target}), ${span(ms)}\n`,
  );
  context.print(`${serverTable(json, context)}\n`);
  context.print(nextSteps(topology, name));
  return { json: { ...json, ms } };
}

/** What a stage of a start is about, for the progress line. */
export function stageText(stage: Stage, { underlay, servers }: Topology): string {
  const nodes = count(Object.keys(underlay.hosts).length, 'node');
  const texts: Readonly<Record<Stage, string>> = {
    containers: `starting ${nodes}`,
    switches: 'starting switches',
    wires: `plugging cables and ${count(Object.keys(servers).length, 'server')}`,
    settings: 'setting addresses and flows',
    ready: 'announcing servers',
  };
  return texts[stage];
}

function nextSteps({ servers }: Topology, name: string): string {
  const [first, second] = pairOf(servers);
  const steps = [
    ...(first && second ? [[`${commandName()} ping ${first} ${second}`, 'a packet’s whole way']] : []),
    ...(first ? [[`${commandName()} shell ${first}`, 'look around in a server']] : []),
    [`${commandName()} down ${name}`, 'take it down'],
  ];
  return table(steps.map(([command = '', does = '']) => [`  ${command}`, does]));
}

/** Two servers, on different hosts where there are such. */
function pairOf(servers: Topology['servers']): (string | undefined)[] {
  const [first, ...others] = Object.values(servers);
  const second = others.find((other) => other.host !== first?.host) ?? others[0];
  return [first?.name, second?.name];
}
