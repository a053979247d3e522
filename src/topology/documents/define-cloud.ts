/** Cloud documents written in TypeScript, and documents back to YAML. */
import { stringify } from 'yaml';
import {
  type CloudDocument,
  type CloudDocumentInput,
  cloudDocumentSchema,
  type UnderlayDocument,
  type UnderlayDocumentInput,
  underlayDocumentSchema,
} from '../schema/index.ts';
import { requireShape } from '../schema/problems.ts';
import { withoutPlaces } from './places.ts';

/**
 * A cloud document with its defaults, for `loadCloud` or `resolveTopology`, which check its meaning.
 * @throws NetdojoError, DocumentErrors as for a file; a message begins with the path, such as `networks.red.mtu`
 */
export function defineCloud(document: CloudDocumentInput): CloudDocument {
  return requireShape(cloudDocumentSchema, { value: document, source: withoutPlaces('the cloud document') });
}

/**
 * An underlay document with its defaults, for `resolveTopology`.
 * @throws NetdojoError, DocumentErrors
 */
export function defineUnderlay(document: UnderlayDocumentInput): UnderlayDocument {
  return requireShape(underlayDocumentSchema, {
    value: document,
    source: withoutPlaces('the underlay document'),
  });
}

/** A document as YAML; reading it gives an equal document. */
export function toYaml(document: CloudDocumentInput | UnderlayDocumentInput): string {
  // No aliases for objects that occur twice: people edit these.
  return stringify(document, {
    version: '1.2',
    schema: 'core',
    aliasDuplicateObjects: false,
    lineWidth: 110,
  });
}
