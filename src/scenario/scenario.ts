import { randomBytes } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { Cloud } from '../cloud/index.ts';
import { findEngine } from '../engine/index.ts';
import { EXIT, isNetdojoError, NetdojoError } from '../errors/index.ts';
import { cloudReport } from '../report/index.ts';
import { targetNamed } from '../targets/index.ts';
import { type CloudDocumentInput, loadCloud } from '../topology/index.ts';
import { untilJudged } from './again.ts';
import { matchers } from './matchers.ts';
import { cloudPath, DocumentOnDemand, fileCloud } from './file-cloud.ts';
import { lacking } from './needs.ts';
import { noteUnjudged, type ScenarioMeta } from './record.ts';
import { Stage } from './stage.ts';

export interface ScenarioFile {
  /** Name of a shipped cloud, path of a document, or a document. */
  readonly cloud: string | CloudDocumentInput;
  /** What its scenarios are about; the folder's name. */
  readonly capability: string;
  /** In which of the plugin's patterns the cloud is built, where a story is told in several; see patterns.ts. */
  readonly pattern?: string;
}

export interface ScenarioOptions {
  /** Capabilities of the target without which it is skipped. */
  readonly needs?: readonly string[];
}

/** A story: its title is a sentence that is true when it passes. */
export type Scenario = (
  title: string,
  options: ScenarioOptions,
  play: (stage: Stage) => Promise<void>,
) => void;

/** How long (ms) the attempts at a story may take altogether: a test has 60 s. */
const PATIENCE = 50_000;

/**
 * The scenarios of a file share one cloud, which comes up when the first of them needs it; each finds it as if it
 * had just come up.
 */
export function scenarios({ cloud: document, capability, pattern }: ScenarioFile): Scenario {
  const environment = inject('netdojo');
  expect.extend(matchers);
  const engine = findEngine({ allowSetup: false, log: () => undefined });
  const fresh = fileCloud(async () => {
    const topology = await loadCloud(typeof document === 'string' ? cloudPath(document) : document);
    return Cloud.up({
      topology,
      engine: await engine,
      image: environment.image,
      datapathType: environment.datapathType,
      target: environment.target,
      name: `${topology.name}-${randomBytes(3).toString('hex')}`,
      lifetime: 'process',
    });
  });

  return (title, { needs = [] }, play) => {
    test(pattern === undefined ? title : `${title} [${pattern}]`, async (context) => {
      const target = targetNamed(environment.target);
      const reason = lacking(needs, target);
      if (reason !== undefined) context.skip(reason);
      const began = performance.now();
      const cloud = await fresh();
      const { how, version } = await engine;
      const meta: ScenarioMeta = {
        capability,
        ...(pattern === undefined ? {} : { pattern }),
        cloud: cloudReport(context.task.file.name, target.name, cloud.topology),
        engine: `docker ${version} (${how})`,
        steps: [],
        captures: [],
        unjudged: [],
      };
      context.task.meta.netdojo = meta;
      const attempt = async (): Promise<Stage> => {
        const stage = new Stage(cloud, meta, new DocumentOnDemand(document, cloud));
        await play(stage);
        return stage;
      };
      const again = {
        patience: PATIENCE - (performance.now() - began),
        // Where a router with ha was taken from its host it may not be over yet who has it.
        restore: async () => {
          await (await fresh()).untilActive();
          await cloud.reset();
        },
      };
      let stage: Stage;
      try {
        stage = await untilJudged(attempt, (why) => noteUnjudged(meta, why), again);
      } catch (error) {
        if (isNetdojoError(error) && error.exitCode === EXIT.inconclusive) meta.inconclusive = error.message;
        throw error;
      }
      if (stage.judged === 0 && expect.getState().assertionCalls === 0) {
        throw new NetdojoError(`"${title}" asserted nothing`, {
          code: 'ND_NOTHING_ASSERTED',
          expected: 'a packet that the oracle judges, or an expectation',
        });
      }
    });
  };
}
