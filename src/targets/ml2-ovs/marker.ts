import { MARKER_PRIORITY, MARKER_REPLY_MAC, MARKER_REQUEST_MAC } from '../../state/marker.ts';
import { act, type FlowSet, infrastructure } from './flow-set.ts';

/** Markers are answered at the first table of the bridge, before anything that the target under test would do. */
export const markerEcho = (flows: FlowSet, bridge: string): void => {
  flows.add(
    bridge,
    0,
    MARKER_PRIORITY,
    { dl_dst: MARKER_REQUEST_MAC },
    [`mod_dl_dst:${MARKER_REPLY_MAC}`, act.inPort],
    infrastructure('marker', 'harness: send a marker frame back'),
  );
  flows.add(
    bridge,
    0,
    MARKER_PRIORITY,
    { dl_dst: MARKER_REPLY_MAC },
    act.drop,
    infrastructure('marker', 'harness: swallow a marker frame that has come back'),
  );
};
