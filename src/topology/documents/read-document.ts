/** A file's text, bounded: a document that is too large or no text is refused before anything parses it. */
import { readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { EXIT, NetdojoError } from '../../errors/index.ts';

const MAX_DOCUMENT_BYTES = 1024 * 1024;

const PROBLEMS: Readonly<Record<string, { code: `ND_${string}`; what: string }>> = {
  ENOENT: { code: 'ND_DOCUMENT_NOT_FOUND', what: 'does not exist' },
  ENOTDIR: { code: 'ND_DOCUMENT_NOT_FOUND', what: 'does not exist' },
  EISDIR: { code: 'ND_DOCUMENT_DIRECTORY', what: 'is a directory' },
};

/**
 * Reads a document.
 * @throws NetdojoError ND_DOCUMENT_NOT_FOUND, ND_DOCUMENT_DIRECTORY, ND_DOCUMENT_UNREADABLE, ND_DOCUMENT_TOO_LARGE,
 *   ND_DOCUMENT_ENCODING
 */
export async function readDocument(file: string): Promise<string> {
  return decodeDocument(file, await readBounded(file));
}

/**
 * Text of a document's bytes.
 * @throws NetdojoError ND_DOCUMENT_TOO_LARGE, ND_DOCUMENT_ENCODING
 */
function decodeDocument(file: string, bytes: Uint8Array): string {
  if (bytes.length > MAX_DOCUMENT_BYTES) throw tooLarge(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const before = validLength(bytes);
    const text = new TextDecoder().decode(bytes.subarray(0, before));
    const lines = text.split('\n');
    throw new NetdojoError('the document is not UTF-8 text', {
      code: 'ND_DOCUMENT_ENCODING',
      place: { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 },
      expected: 'UTF-8',
      hint: `iconv -f latin1 -t utf-8 ${file}`,
      exitCode: EXIT.usage,
    });
  }
}

/** @throws NetdojoError ND_DOCUMENT_TOO_LARGE */
export function refuseLargeText(file: string, text: string): void {
  if (text.length > MAX_DOCUMENT_BYTES || Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) throw tooLarge(file);
}

async function readBounded(file: string): Promise<Uint8Array> {
  try {
    const stats = statSync(file);
    if (stats.isFile()) {
      if (stats.size > MAX_DOCUMENT_BYTES) throw tooLarge(file, stats.size);
      // Not through a promise: the thread pool costs ten times as long as reading a small file.
      return readFileSync(file);
    }
    // Pipes and devices: they have no size, and may keep one waiting.
    await using handle = await open(file);
    const buffer = Buffer.alloc(MAX_DOCUMENT_BYTES + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } catch (error) {
    if (error instanceof NetdojoError) throw error;
    const name = error instanceof Error && 'code' in error ? String(error.code) : '';
    const known = Object.hasOwn(PROBLEMS, name) ? PROBLEMS[name] : undefined;
    throw new NetdojoError(`the document ${file} ${known?.what ?? 'cannot be read'}`, {
      code: known?.code ?? 'ND_DOCUMENT_UNREADABLE',
      expected: 'a YAML or JSON file',
      exitCode: EXIT.usage,
      ...(known === undefined ? { cause: error } : {}),
    });
  }
}

/** Length of the longest start of the bytes that is UTF-8. */
function validLength(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    try {
      // With stream, a character that is cut off at the end is no error.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      low = middle;
    } catch {
      high = middle - 1;
    }
  }
  return low;
}

function tooLarge(file: string, size?: number): NetdojoError {
  const mebibytes = size === undefined ? '' : ` (${(size / 1024 / 1024).toFixed(1)} MiB)`;
  return new NetdojoError(`the document ${file} is too large${mebibytes}`, {
    code: 'ND_DOCUMENT_TOO_LARGE',
    expected: 'at most 1 MiB',
    exitCode: EXIT.usage,
  });
}
