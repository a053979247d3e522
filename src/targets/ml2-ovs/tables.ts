/**
 * OpenFlow table numbers and fixed values of the OVS agent, as in neutron_lib/plugins/ml2/ovs_constants.py and
 * neutron_lib/constants.py.
 */

/** br-int. */
export const LOCAL_SWITCHING = 0;
/** Where frames of other hosts' distributed routers get the gateway's address back: from tunnels, from physical networks. */
export const DVR_TO_SRC_MAC = 1;
export const DVR_TO_SRC_MAC_PHYSICAL = 2;
/** Where answers to a host's own address of distributed routers find the router's device. */
export const ARP_DVR_MAC_TO_DST_MAC = 3;
export const ARP_DVR_MAC_TO_DST_MAC_PHYSICAL = 4;
/** Holds one drop flow; its absence tells the agent that ovs-vswitchd has restarted. */
export const CANARY_TABLE = 23;
export const ARP_SPOOF_TABLE = 24;
export const MAC_SPOOF_TABLE = 25;
export const LOCAL_EGRESS_TABLE = 30;
export const LOCAL_IP_TABLE = 31;
export const PACKET_RATE_LIMIT = 58;
export const BANDWIDTH_RATE_LIMIT = 59;
export const TRANSIENT_TABLE = 60;
export const TRANSIENT_EGRESS_TABLE = 62;
/** br-int, tables of the OpenFlow firewall. */
export const BASE_EGRESS = 71;
export const RULES_EGRESS = 72;
export const ACCEPT_OR_INGRESS = 73;
export const BASE_INGRESS = 81;
export const RULES_INGRESS = 82;
export const ACCEPTED_EGRESS = 91;
export const ACCEPTED_INGRESS = 92;
export const DROPPED = 93;
export const ACCEPTED_EGRESS_NORMAL = 94;

/** Bridges of physical networks on hosts with distributed routers. */
export const DVR_PROCESS_PHYSICAL = 1;
export const LOCAL_VLAN_TRANSLATION = 2;
export const DVR_NOT_LEARN_PHYSICAL = 3;

/** br-tun. */
export const DVR_PROCESS = 1;
export const PATCH_LV_TO_TUN = 2;
export const TUN_TABLE = { gre: 3, vxlan: 4, geneve: 6 } as const;
export const DVR_NOT_LEARN = 9;
export const LEARN_FROM_TUN = 10;
export const UCAST_TO_TUN = 20;
export const ARP_RESPONDER = 21;
export const FLOOD_TO_TUN = 22;

export const MIN_VLAN_TAG = 1;
export const MAX_VLAN_TAG = 4094;
/** A port that must neither send nor receive is put on this VLAN. */
export const DEAD_VLAN_TAG = 4095;
export const OPENFLOW_MAX_PRIORITY = 65_535;

/** Seconds that an address learned from a tunnel is kept (br_tun.py). */
export const LEARN_HARD_TIMEOUT = 300;

/** Default of bridge_mac_table_size (neutron/conf/agent/ovs_conf.py). */
export const BRIDGE_MAC_TABLE_SIZE = 50_000;

export type TunnelType = 'vxlan' | 'gre';

export const isTunnelType = (type: string): type is TunnelType => type === 'vxlan' || type === 'gre';
