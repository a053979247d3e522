/** Cloud documents by the names of those that come with the project, or by path. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, NetdojoError } from '../errors/index.ts';
import { nearest, oneOf } from '../topology/nearest.ts';

const SHIPPED = fileURLToPath(new URL('../../fixtures/clouds/', import.meta.url));
const EXTENSION = /\.(?:ya?ml|json)$/;

/** What `up` and `plan` take when nothing is named. */
export const DEFAULT_CLOUD = 'l2-demo';

/** In alphabetical order. */
export function shippedClouds(): string[] {
  return readdirSync(SHIPPED)
    .filter((file) => EXTENSION.test(file))
    .map((file) => basename(file).replace(EXTENSION, ''))
    .toSorted();
}

/**
 * The path of a cloud document as errors should show it.
 *
 * @throws NetdojoError ND_DOCUMENT_NOT_FOUND
 */
export function cloudDocument(name: string): string {
  // A path is taken at its word: the loader says what is wrong with it.
  if (/[/\\]/.test(name) || EXTENSION.test(name) || existsSync(name)) return name;
  const shipped = shippedClouds();
  if (shipped.includes(name)) return shortest(`${SHIPPED}${name}.yaml`);
  const [meant] = nearest(name, shipped);
  throw new NetdojoError(`there is no cloud document "${name}"`, {
    code: 'ND_DOCUMENT_NOT_FOUND',
    expected: `a path such as ./${name}.yaml, or ${oneOf(shipped)}`,
    hint: meant === undefined ? undefined : `did you mean ${meant}?`,
    exitCode: EXIT.usage,
  });
}

/** A path as it is best read: from here where that is no way up. */
export function shortest(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere === '' || fromHere.startsWith('..') ? file : fromHere;
}
