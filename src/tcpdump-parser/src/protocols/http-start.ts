import { fromLatin1, latin1 } from '../bytes.ts';

const START = /^(HTTP\/1\.[01] |(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH) \S)/;

// Most segments are ruled out by their first byte, before any string is made.
const FIRST = new Set(fromLatin1('CDGHOPT'));

/** Whether bytes start as an HTTP/1 message does: a status line, or a method of RFC 9110 or RFC 5789 and a target. */
export function looksLikeHttp(frame: Uint8Array, from: number, to: number): boolean {
  if (to - from < 10) return false;
  const first = frame[from] as number;
  return FIRST.has(first) && START.test(latin1(frame, from, from + 10));
}
