/** The document of a running cloud, and how it is changed. */
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { type Change, diff } from '../../state/index.ts';
import {
  type CloudDocument,
  type CloudDocumentInput,
  defineCloud,
  loadCloud,
  type Underlay,
} from '../../topology/index.ts';
import type { Cloud } from '../cloud.ts';

/** What a change came to. */
export interface Applied {
  readonly changes: readonly Change[];
  /** From the call until the nodes hold the new state. */
  readonly ms: number;
}

/** Changes a document, and brings what runs there. */
export interface Editor {
  edit(change: (document: CloudDocument, underlay: Underlay) => void): Promise<Applied>;
}

/** A running cloud's document, of which each edit begins where the last one that was applied ended. */
export class CloudEditor implements Editor {
  readonly #cloud: Cloud;
  #document: CloudDocument;

  constructor(cloud: Cloud, document: CloudDocumentInput) {
    this.#cloud = cloud;
    this.#document = defineCloud(document);
  }

  /**
   * @throws NetdojoError, DocumentErrors for what Neutron's API would refuse, before a node is touched; as Cloud.apply
   */
  async edit(change: (document: CloudDocument, underlay: Underlay) => void): Promise<Applied> {
    const began = performance.now();
    const edited = structuredClone(this.#document);
    change(edited, this.#cloud.topology.underlay);
    // What came without its defaults gets them.
    const document = defineCloud(edited);
    const topology = await loadCloud(document, { previous: this.#cloud.allocations });
    const changes = diff(this.#cloud.cluster.state, this.#cloud.plan(topology).state);
    await this.#cloud.apply(topology);
    this.#document = document;
    return { changes, ms: performance.now() - began };
  }
}

/** @throws NetdojoError ND_NOT_FOUND */
export function found<T>(things: Readonly<Record<string, T>>, kind: string, name: string): T {
  const thing = Object.hasOwn(things, name) ? things[name] : undefined;
  if (thing !== undefined) return thing;
  const names = Object.keys(things);
  throw new NetdojoError(`there is no ${kind} "${name}"`, {
    code: 'ND_NOT_FOUND',
    expected: names.length === 0 ? `a document with a ${kind}` : `one of ${names.join(', ')}`,
    exitCode: EXIT.usage,
  });
}

/** @throws NetdojoError ND_IN_USE, as the API answers 409 Conflict */
export function assertUnused(kind: string, name: string, users: readonly string[]): void {
  if (users.length === 0) return;
  throw new NetdojoError(`${kind} "${name}" is in use by ${users.join(', ')}`, {
    code: 'ND_IN_USE',
    expected: `a ${kind} that nothing uses`,
    hint: 'take away first what uses it',
    exitCode: EXIT.usage,
  });
}
