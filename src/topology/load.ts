/** From files to a Topology. */
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadYaml } from './load-yaml.ts';
import { readDocument } from './read-document.ts';
import { resolveTopology } from './resolve.ts';
import { cloudDocumentSchema, underlayDocumentSchema } from './schema.ts';
import type { Allocations, Topology } from './topology.ts';

const UNDERLAYS = fileURLToPath(new URL('../../fixtures/underlays/', import.meta.url));

export async function loadCloud(
  input: string | { readonly text: string; readonly file: string },
  options: { readonly previous?: Allocations } = {},
): Promise<Topology> {
  const file = typeof input === 'string' ? input : input.file;
  const cloud = loadYaml(typeof input === 'string' ? await readDocument(file) : input.text, file);
  const parsed = cloudDocumentSchema.parse(cloud.value);
  const underlayFile = /[/\\]|\.(?:ya?ml|json)$/.test(parsed.underlay)
    ? join(dirname(file), parsed.underlay)
    : relative(process.cwd(), join(UNDERLAYS, `${parsed.underlay}.yaml`));
  const underlay = loadYaml(await readDocument(underlayFile), underlayFile);
  return resolveTopology(parsed, underlayDocumentSchema.parse(underlay.value), options);
}
