import { writeFileSync } from 'node:fs';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { loadCloud, type Topology } from '../../topology/index.ts';
import type { Context, Result } from '../context.ts';
import { cloudDocument } from '../documents.ts';
import { toMermaid, toSvg } from '../../report/graph/index.ts';

export interface GraphInput {
  readonly document?: string;
  readonly cloud?: string;
  readonly svg?: boolean;
  readonly mermaid?: boolean;
  readonly output?: string;
}

export async function graph(context: Context, input: GraphInput): Promise<Result> {
  const { document, output } = input;
  const format = formatOf(input);
  const topology = await topologyOf(context, input);
  const content = format === 'svg' ? toSvg(topology) : toMermaid(topology);
  const source = { cloud: topology.name, format, ...(document !== undefined && { document }) };
  if (output === undefined) {
    context.print(content.trimEnd());
    return { json: { ...source, content } };
  }
  try {
    writeFileSync(output, content);
  } catch (cause) {
    throw new NetdojoError(`${output} cannot be written`, {
      code: 'ND_GRAPH_WRITE',
      cause,
      exitCode: EXIT.environment,
    });
  }
  context.print(`${topology.name} is drawn in ${output}`);
  return { json: { ...source, file: output } };
}

function formatOf({ svg, mermaid, output }: GraphInput): 'svg' | 'mermaid' {
  if (svg && mermaid) {
    throw new NetdojoError('--svg and --mermaid exclude each other', {
      code: 'ND_USAGE',
      hint: 'netdojo graph --help',
      exitCode: EXIT.usage,
    });
  }
  return svg || (!mermaid && output?.endsWith('.svg')) ? 'svg' : 'mermaid';
}

async function topologyOf(context: Context, { document, cloud: name }: GraphInput): Promise<Topology> {
  if (document !== undefined) return await loadCloud(cloudDocument(document));
  const { withCloud } = await import('../running/with-cloud.ts');
  return await withCloud(context, name, (cloud) => Promise.resolve(cloud.topology));
}
