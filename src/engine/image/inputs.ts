import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The files of the node image; its tag is their hash. */
export const IMAGE_FOLDER: string = fileURLToPath(new URL('../../../fixtures/images/node', import.meta.url));
export const IMAGE_FILES = ['Dockerfile', 'finish.sh', 'packages.txt'] as const;
export const BASE_IMAGE = 'debian:bookworm-slim';
export const SUITE = 'bookworm';

/** `netdojo-node:` and the first twelve digits of the hash over what the image is made of. */
export function imageReference(folder: string = IMAGE_FOLDER): string {
  const hash = createHash('sha256');
  for (const file of IMAGE_FILES) hash.update(`${file}\0`).update(readFileSync(join(folder, file)));
  return `netdojo-node:${hash.digest('hex').slice(0, 12)}`;
}

/** The package names of a list in which `#` starts a comment. */
export function packageNames(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}
