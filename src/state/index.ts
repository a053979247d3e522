/** What must exist on each node, as plain data; the difference between two such states; who asked for a flow. */
export type { Change } from './changes.ts';
export { cookieIndex, cookieOf, LEARNED_COOKIE, LEARNED_OWNER } from './cookies.ts';
export {
  type ChangeCount,
  countChanges,
  describeChange,
  describeChanges,
  type PlanJson,
  planToJson,
} from './describe.ts';
export { diff } from './diff.ts';
export { equal } from './equal.ts';
export { flowKey, flowText } from './flows.ts';
export { MARKER_ETHERTYPE, MARKER_PRIORITY, MARKER_REPLY_MAC, MARKER_REQUEST_MAC } from './marker.ts';
export { patch } from './patch.ts';
export * from './types.ts';
