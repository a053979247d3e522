import { readFileSync } from 'node:fs';
import { EXIT, formatError, isNetdojoError, type NetdojoError } from '../../errors/index.ts';
import { errorsOf, loadCloud, loadUnderlay } from '../../topology/index.ts';
import type { Context, Result } from '../context.ts';
import { cloudDocument } from '../documents.ts';
import { type ErrorJson, errorJson } from '../error-json.ts';
import { count } from '../terminal/table.ts';

export interface ValidateInput {
  readonly document: readonly string[];
}

interface Validated {
  readonly document: string;
  readonly kind: 'cloud' | 'underlay';
  readonly valid: boolean;
  readonly errors: readonly ErrorJson[];
}

/** All documents, whatever is wrong with one of them. */
export async function validate(context: Context, { document: names }: ValidateInput): Promise<Result> {
  const results: Validated[] = [];
  for (const name of names) {
    const { kind, document, errors } = await mistakesIn(name);
    results.push({ document, kind, valid: errors.length === 0, errors: errors.map(errorJson) });
    if (errors.length === 0) context.print(`${context.paint('green', '✓')} ${document}`);
    else context.print(`${context.paint('red', '✗')} ${document}: ${count(errors.length, 'mistake')}\n`);
    for (const error of errors) context.print(`${formatError(error, { colour: context.colour })}\n`);
  }
  const valid = results.every((result) => result.valid);
  return { exitCode: valid ? EXIT.passed : EXIT.usage, json: { valid, documents: results } };
}

async function mistakesIn(
  name: string,
): Promise<{ kind: Validated['kind']; document: string; errors: readonly NetdojoError[] }> {
  let document = name;
  let kind: Validated['kind'] = 'cloud';
  try {
    document = cloudDocument(name);
    kind = kindOf(document);
    await (kind === 'cloud' ? loadCloud(document) : loadUnderlay(document));
    return { kind, document, errors: [] };
  } catch (error) {
    if (!isNetdojoError(error)) throw error;
    return { kind, document, errors: errorsOf(error) };
  }
}

/** A cloud names itself by `cloud:`, an underlay by `underlay:` alone; what cannot be read is the loader's to refuse. */
function kindOf(file: string): Validated['kind'] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return 'cloud';
  }
  const hasHosts = /^["']?hosts["']?\s*:/mu.test(text);
  const isCloud = /^["']?cloud["']?\s*:/mu.test(text);
  return hasHosts && !isCloud ? 'underlay' : 'cloud';
}
