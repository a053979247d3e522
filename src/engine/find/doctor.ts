import { isNetdojoError, messageOf } from '../../errors/index.ts';
import { imageReference, imageSize } from '../image/index.ts';
export type { Finding, FindingStatus } from './findings.ts';
import { type Finding, kernelFindings, machineFindings } from './findings.ts';
import type { Engine } from './engine.ts';
import { findEngine } from './find-engine.ts';
import { type NodeFacts, probeNode } from './probe-kernel.ts';

export type DiagnoseOptions = {
  readonly signal?: AbortSignal;
  readonly log?: (line: string) => void;
  /** Stand-ins for the world, for tests. */
  readonly find?: () => Promise<Engine>;
  readonly size?: (engine: Engine) => Promise<number | undefined>;
  readonly probe?: (engine: Engine) => Promise<NodeFacts>;
};

/**
 * Everything that decides what netdojo can do here, in the order in which to mend it. Installs nothing; starts the
 * private engine where there is no other. What cannot be found out is a finding, never an error.
 */
export async function diagnose(options: DiagnoseOptions = {}): Promise<Finding[]> {
  const { signal, log = () => undefined } = options;
  const {
    find = () => findEngine({ allowSetup: false, log, ...(signal ? { signal } : {}) }),
    size = (engine) => imageSize(engine, imageReference()),
    probe = (engine) => probeNode(engine, imageReference(), signal),
  } = options;
  const findings: Finding[] = [nodeFinding(process.versions.node)];

  let engine: Engine;
  try {
    engine = await find();
  } catch (error) {
    signal?.throwIfAborted();
    const hint = isNetdojoError(error) ? error.hint : undefined;
    const detail = messageOf(error);
    findings.push({
      id: 'engine',
      title: 'engine',
      status: 'missing',
      detail,
      ...(hint ? { remedy: hint } : {}),
    });
    return [
      ...findings,
      unknown('image', 'node image', 'no engine'),
      unknown('kernel', 'kernel', 'no engine'),
    ];
  }
  findings.push(engineFinding(engine));

  const bytes = await size(engine);
  findings.push(imageFinding(bytes));
  if (bytes === undefined)
    return [...findings, unknown('kernel', 'kernel', 'asked in a node, and no node image')];

  try {
    const facts = await probe(engine);
    findings.push({ id: 'kernel', title: 'kernel under the nodes', status: 'ok', detail: facts.kernel });
    return [...findings, ...kernelFindings(facts), ...machineFindings(facts)];
  } catch (error) {
    signal?.throwIfAborted();
    return [
      ...findings,
      {
        id: 'kernel',
        title: 'kernel under the nodes',
        status: 'missing',
        detail: `no node starts: ${messageOf(error)}`,
      },
    ];
  }
}

function nodeFinding(version: string): Finding {
  const current = Number.parseInt(version, 10) >= 26;
  return {
    id: 'node',
    title: 'Node.js',
    status: current ? 'ok' : 'missing',
    detail: current ? version : `${version}, and 26 or newer is needed`,
    ...(current ? {} : { remedy: 'npm ci' }),
  };
}

function engineFinding({ how, version, apiVersion, socket }: Engine): Finding {
  const origin = { 'docker-host': 'named by DOCKER_HOST', running: 'found running', private: 'private' }[how];
  return {
    id: 'engine',
    title: 'engine',
    status: 'ok',
    detail: `${version} (API ${apiVersion}), ${origin}, at ${socket}`,
  };
}

function imageFinding(bytes: number | undefined): Finding {
  return {
    id: 'image',
    title: 'node image',
    ...(bytes === undefined
      ? {
          status: 'degraded',
          detail: `${imageReference()} is not built yet`,
          remedy: 'netdojo demo   (builds it once)',
        }
      : { status: 'ok', detail: `${imageReference()}, ${Math.round(bytes / 1e6)} MB` }),
  };
}

function unknown(id: string, title: string, why: string): Finding {
  return { id, title, status: 'missing', detail: `unknown: ${why}` };
}
