/** The cloud that the scenarios of a file share, and the document that says what it is. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { afterAll } from 'vitest';
import { type Applied, type Cloud, CloudEditor, type Editor } from '../cloud/index.ts';
import type { CloudDocument, CloudDocumentInput, Underlay } from '../topology/index.ts';

/** Names of shipped clouds are short for their files. */
export function cloudPath(name: string): string {
  return /[./]/.test(name) ? name : new URL(`../../fixtures/clouds/${name}.yaml`, import.meta.url).pathname;
}

/** A shipped cloud's document, or one at a path, to be altered. */
export async function cloudDocument(name: string): Promise<CloudDocumentInput> {
  return parse(await readFile(cloudPath(name), 'utf8')) as CloudDocumentInput;
}

/** Up when the first scenario needs it, down after the last; each finds it as if it had just come up. */
export function fileCloud(up: () => Promise<Cloud>): () => Promise<Cloud> {
  let cloud: Promise<Cloud> | undefined;
  let original: Cloud['topology'] | undefined;
  afterAll(async () => {
    if (cloud) await (await cloud).down();
  });
  return async () => {
    if (!cloud) {
      cloud = up();
      const running = await cloud;
      original = running.topology;
      return running;
    }
    const running = await cloud;
    if (original && running.topology !== original) await running.apply(original);
    await running.reset();
    return running;
  };
}

/** The document of a scenario's cloud, read when it is first edited. */
export class DocumentOnDemand implements Editor {
  readonly #source: string | CloudDocumentInput;
  readonly #cloud: Cloud;
  #editor: CloudEditor | undefined;

  constructor(source: string | CloudDocumentInput, cloud: Cloud) {
    this.#source = source;
    this.#cloud = cloud;
  }

  async edit(change: (document: CloudDocument, underlay: Underlay) => void): Promise<Applied> {
    const source = this.#source;
    const document = typeof source === 'string' ? await cloudDocument(source) : source;
    this.#editor ??= new CloudEditor(this.#cloud, document);
    return this.#editor.edit(change);
  }
}
