/**
 * Marker frames tell the harness that nothing is in flight any more: a frame sent into a wire after the last packet
 * comes back only when everything before it has left the wire. An end that a kernel's stack holds has the harness to
 * answer; an end that Open vSwitch holds answers by two flows that each target installs on each bridge with a wire.
 *
 * The frames are untagged. A flow sees a frame as it is on the wire, before NORMAL applies the port's access VLAN, and
 * IN_PORT sends it back as it is; so access ports, trunks and ports on the dead VLAN answer alike.
 */

/** Destination of a marker on its way out; an OVS port answers it. Locally administered, unicast. */
export const MARKER_REQUEST_MAC = '06:6e:64:00:00:01';

/** Destination of a marker on its way back; OVS swallows it. */
export const MARKER_REPLY_MAC = '06:6e:64:00:00:02';

/** EtherType of a marker (IEEE 802 local experimental 1). The flows do not look at it. */
export const MARKER_ETHERTYPE = 0x88b5;

/** Above everything else that a target installs. */
export const MARKER_PRIORITY = 65_535;
