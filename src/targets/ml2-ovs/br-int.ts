import type { BoundPort } from './bindings.ts';
import { act, type FlowSet, infrastructure } from './flow-set.ts';
import { BR_INT } from './names.ts';
import {
  BANDWIDTH_RATE_LIMIT,
  CANARY_TABLE,
  ARP_SPOOF_TABLE,
  DEAD_VLAN_TAG,
  LOCAL_EGRESS_TABLE,
  LOCAL_IP_TABLE,
  LOCAL_SWITCHING,
  OPENFLOW_MAX_PRIORITY,
  PACKET_RATE_LIMIT,
  TRANSIENT_EGRESS_TABLE,
  TRANSIENT_TABLE,
} from './tables.ts';

const owner = (purpose: string) => infrastructure(BR_INT, purpose);

/**
 * Flows that br-int always has: setup_default_table of br_int.py without the DHCP, DNS and Local IP extensions and
 * without an OpenFlow firewall. Everything that is not stopped ends as a plain learning switch (table 60).
 */
export const brIntDefaults = (flows: FlowSet): void => {
  const limits = owner('on to the rate limits');
  flows.add(BR_INT, CANARY_TABLE, 0, {}, act.drop, owner('canary: gone when ovs-vswitchd has restarted'));
  flows.add(BR_INT, LOCAL_SWITCHING, 0, {}, act.goto(PACKET_RATE_LIMIT), limits);
  flows.add(BR_INT, PACKET_RATE_LIMIT, 0, {}, act.goto(BANDWIDTH_RATE_LIMIT), owner('no packet rate limit'));
  flows.add(BR_INT, BANDWIDTH_RATE_LIMIT, 0, {}, act.goto(TRANSIENT_TABLE), owner('no bandwidth limit'));
  flows.add(BR_INT, TRANSIENT_TABLE, 1, {}, act.normal, owner('switch by MAC address within the local VLAN'));
  flows.add(
    BR_INT,
    ARP_SPOOF_TABLE,
    0,
    {},
    act.drop,
    owner('ARP or ND answer for an address that is not the port’s'),
  );
  flows.add(
    BR_INT,
    LOCAL_SWITCHING,
    OPENFLOW_MAX_PRIORITY,
    { dl_vlan: DEAD_VLAN_TAG },
    act.drop,
    owner('frame tagged with the dead VLAN'),
  );
  flows.add(BR_INT, TRANSIENT_EGRESS_TABLE, 3, {}, act.normal, owner('egress without an OpenFlow firewall'));
  flows.add(
    BR_INT,
    LOCAL_EGRESS_TABLE,
    0,
    {},
    act.goto(PACKET_RATE_LIMIT),
    owner('no Local IP on the way out'),
  );
  flows.add(BR_INT, LOCAL_IP_TABLE, 0, {}, act.goto(PACKET_RATE_LIMIT), owner('no Local IP'));
};

/** Flows of one port beside those of its firewall: none while all is well. */
export const brIntPort = (flows: FlowSet, bound: BoundPort): void => {
  if (bound.active) return;
  // port_dead of ovs_neutron_agent.py: the tag alone would still let dead ports of one host talk to each other.
  flows.add(BR_INT, LOCAL_SWITCHING, 2, { in_port: bound.ofport }, act.drop, {
    kind: 'port',
    name: bound.port.name,
    purpose: bound.port.admin_state_up
      ? `${bound.port.name} is on the dead VLAN: its host does not reach network ${bound.network.name}`
      : `${bound.port.name} is on the dead VLAN: admin_state_up is false`,
  });
};
