/** From files, texts or objects to a Topology. */
import { readdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, isNetdojoError, NetdojoError } from '../../errors/index.ts';
import { nearest, oneOf } from '../nearest.ts';
import { Problems } from '../problems.ts';
import { resolveCheckedUnderlay, resolveOnUnderlay } from '../resolve/resolve.ts';
import { type CloudDocumentInput, cloudDocumentSchema, underlayDocumentSchema } from '../schema/index.ts';
import { checkShape, requireShape } from '../schema/problems.ts';
import type { Allocations, Topology, Underlay } from '../topology.ts';
import { type LoadedDocument, loadYaml } from './load-yaml.ts';
import { withoutPlaces } from './places.ts';
import { readDocument } from './read-document.ts';

const SHIPPED = fileURLToPath(new URL('../../../fixtures/underlays/', import.meta.url));
const EXTENSION = /\.(?:ya?ml|json)$/;

/** A file's path; a text and the name that errors give it; or a document built in a program. */
export type CloudInput = string | { readonly text: string; readonly file: string } | CloudDocumentInput;

export interface LoadOptions {
  /** `allocations` of the Topology that runs, so that an edited document disturbs nothing that it does not name. */
  readonly previous?: Allocations | undefined;
}

/**
 * Loads a cloud document and its underlay, and resolves both.
 * @throws NetdojoError the only mistake, or DocumentErrors with all that were found in the order of the files; exit
 *   code 2. Mistakes of meaning are looked for once the shape is right. The codes are in docs/documents.md.
 */
export async function loadCloud(input: CloudInput, options: LoadOptions = {}): Promise<Topology> {
  const { value, source } = await read(input);
  const problems = new Problems();
  const cloud = checkShape(cloudDocumentSchema, value, source, problems);
  let underlay: Underlay | undefined;
  const name =
    typeof value === 'object' && value !== null && 'underlay' in value ? value.underlay : undefined;
  if (typeof name === 'string' && name !== '') {
    try {
      const loaded = await readUnderlay(name, directoryOf(input), (problem) => {
        problems.add(source, ['underlay'], 'value', problem);
      });
      if (loaded !== undefined) {
        underlay = resolveCheckedUnderlay(requireShape(underlayDocumentSchema, loaded), loaded.source);
      }
    } catch (error) {
      if (!isNetdojoError(error)) throw error;
      problems.addError(withoutPlaces(name), error);
    }
  }
  problems.throwIfAny();
  if (cloud === undefined || underlay === undefined)
    throw new TypeError('a document without mistakes is missing');
  return resolveOnUnderlay(cloud, underlay, { previous: options.previous, cloudSource: source });
}

/**
 * Loads an underlay by the name of a shipped one, by a path, or from a text.
 * @throws NetdojoError, DocumentErrors
 */
export async function loadUnderlay(
  input: string | { readonly text: string; readonly file: string },
): Promise<Underlay> {
  const loaded =
    typeof input === 'string'
      ? await readUnderlay(input, '.', ({ message, ...rest }) => {
          throw new NetdojoError(message, { ...rest, exitCode: EXIT.usage });
        })
      : loadYaml(input.text, input.file);
  if (loaded === undefined) throw new TypeError('an unknown underlay has not been refused');
  return resolveCheckedUnderlay(requireShape(underlayDocumentSchema, loaded), loaded.source);
}

/** Names of the underlays that come with the project, in alphabetical order. */
export function shippedUnderlays(): string[] {
  const files = readdirSync(SHIPPED);
  return files
    .filter((file) => EXTENSION.test(file))
    .map((file) => basename(file).replace(EXTENSION, ''))
    .toSorted();
}

async function read(input: CloudInput): Promise<LoadedDocument> {
  if (typeof input === 'string') return loadYaml(await readDocument(input), input);
  if ('text' in input && 'file' in input) return loadYaml(input.text, input.file);
  return { value: input, source: withoutPlaces('the document') };
}

/** Paths in a document are relative to it; those of one without a file to the working directory. */
function directoryOf(input: CloudInput): string {
  if (typeof input === 'string') return dirname(input);
  return 'file' in input ? dirname(input.file) : '.';
}

type UnknownUnderlay = {
  code: 'ND_UNDERLAY_UNKNOWN';
  message: string;
  expected: string;
  hint?: string | undefined;
};

/** Undefined after `unknown` was told that there is no such underlay. */
async function readUnderlay(
  name: string,
  directory: string,
  unknown: (problem: UnknownUnderlay) => void,
): Promise<LoadedDocument | undefined> {
  const isPath = /[/\\]/.test(name) || EXTENSION.test(name);
  if (isPath) {
    const file = isAbsolute(name) ? name : join(directory, name);
    try {
      return loadYaml(await readDocument(file), file);
    } catch (error) {
      if (!isNetdojoError(error) || error.code !== 'ND_DOCUMENT_NOT_FOUND') throw error;
      unknown({
        code: 'ND_UNDERLAY_UNKNOWN',
        message: `the underlay ${file} does not exist`,
        expected: 'a path relative to this document, or the name of a shipped underlay',
      });
      return undefined;
    }
  }
  const shipped = shippedUnderlays();
  if (!shipped.includes(name)) {
    unknown({
      code: 'ND_UNDERLAY_UNKNOWN',
      message: `there is no underlay "${name}"`,
      expected: `${oneOf(shipped)}, or a path such as ./${name.slice(0, 40)}.yaml`,
      hint: nearest(name, shipped)[0],
    });
    return undefined;
  }
  const file = join(SHIPPED, `${name}.yaml`);
  return loadYaml(await readDocument(file), shortest(file));
}

function shortest(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere.startsWith('..') ? file : fromHere;
}
