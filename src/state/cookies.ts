import { createHash } from 'node:crypto';
import type { CloudState, Owner } from './types.ts';

/**
 * Flows that the switch itself makes, by a learn() action. They are in no CloudState; their cookie keeps them apart
 * from flows that nobody asked for.
 */
export const LEARNED_COOKIE = '0x1ea47ed000000001';

export const LEARNED_OWNER: Owner = {
  kind: 'infrastructure',
  name: 'learned',
  purpose: 'learned by the switch from a frame that came out of a tunnel',
};

/** Cookies of learned flows begin with these 24 bits; no other cookie does. */
const LEARNED_PREFIX = '0x1ea47ed';

const cache = new Map<string, string>();

/**
 * The cookie that leads back to an owner: the same owner has the same cookie on every bridge of every node.
 * Never 0 (a flow without a cookie) and never all ones (which some OpenFlow commands take for "any").
 */
export const cookieOf = (owner: Owner): string => {
  const text = `${owner.kind}\n${owner.name}\n${owner.purpose}`;
  const known = cache.get(text);
  if (known !== undefined) return known;
  const cookie = firstUsable(text);
  // A long-lived process that compiles many clouds must not grow without bound.
  if (cache.size >= 100_000) cache.clear();
  cache.set(text, cookie);
  return cookie;
};

const firstUsable = (text: string): string => {
  for (let salt = 0; ; salt += 1) {
    const hash = createHash('sha256').update(salt === 0 ? text : `${text}\n${salt}`);
    const digits = hash.digest('hex').slice(0, 16).replace(/^0+/u, '');
    const cookie = `0x${digits}`;
    if (digits !== '' && !/^f{16}$/u.test(digits) && !cookie.startsWith(LEARNED_PREFIX)) return cookie;
  }
};

/** Who asked for the flows with a cookie, over all nodes of a state; learned flows included. */
export const cookieIndex = (state: CloudState): Map<string, Owner> => {
  const index = new Map<string, Owner>([[LEARNED_COOKIE, LEARNED_OWNER]]);
  for (const node of Object.values(state.nodes)) {
    for (const flow of Object.values(node.flows)) index.set(flow.cookie, flow.owner);
  }
  return index;
};
