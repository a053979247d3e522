/** The cloud that the scenarios of a file share, and the document that says what it is. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { afterAll } from 'vitest';
import type { Cloud } from '../cloud/index.ts';
import { type Change, diff } from '../state/index.ts';
import { type CloudDocument, type CloudDocumentInput, defineCloud, loadCloud } from '../topology/index.ts';

/** Names of shipped clouds are short for their files. */
export function cloudPath(name: string): string {
  return /[./]/.test(name) ? name : new URL(`../../fixtures/clouds/${name}.yaml`, import.meta.url).pathname;
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

/** A document of which each edit begins where the last one ended. */
export class EditedDocument {
  readonly #source: string | CloudDocumentInput;
  #document: CloudDocument | undefined;

  constructor(source: string | CloudDocumentInput) {
    this.#source = source;
  }

  async #read(): Promise<CloudDocument> {
    const source = this.#source;
    if (typeof source !== 'string') return defineCloud(source);
    return defineCloud(parse(await readFile(cloudPath(source), 'utf8')) as CloudDocumentInput);
  }

  /** Changes the document and brings the running cloud there; what had to be done for it. */
  async apply(cloud: Cloud, change: (document: CloudDocument) => void): Promise<Change[]> {
    const document = structuredClone(this.#document ?? (await this.#read()));
    change(document);
    const topology = await loadCloud(document, { previous: cloud.allocations });
    const changes = diff(cloud.cluster.state, cloud.plan(topology).state);
    await cloud.apply(topology);
    this.#document = document;
    return changes;
  }
}
