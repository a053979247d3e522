/** QoS policies of ports: the qos extension of the OVS agent (extension_drivers/qos_driver.py). */
import type { OvsPortState } from '../../state/types.ts';
import type { Port, QosPolicy, QosRule, Topology } from '../../topology/topology.ts';
import type { AgentHost } from './bindings.ts';
import { act, type FlowSet } from './flow-set.ts';
import { BR_INT } from './names.ts';
import { LOCAL_SWITCHING, OPENFLOW_MAX_PRIORITY } from './tables.ts';

type Rule<Type extends QosRule['type']> = Extract<QosRule, { readonly type: Type }>;

/** Of the bandwidth where a rule names no burst (DEFAULT_BURST_RATE of neutron_lib). */
const DEFAULT_BURST = 0.8;

/** A port's own policy takes the place of its network's. */
const policyOf = ({ qos_policies }: Topology, port: Port): QosPolicy | undefined =>
  qos_policies[port.qos_policy ?? port.qos_network_policy ?? ''];

/**
 * Every packet that a port sends is marked before anything else is asked; register 2 says that it has been
 * (install_dscp_marking_rule of br_int.py).
 */
export const dscpMarks = (flows: FlowSet, topology: Topology, here: AgentHost): void => {
  for (const { port, ofport } of here.ports) {
    const policy = policyOf(topology, port);
    const rule = policy?.rules.find((one): one is Rule<'dscp_marking'> => one.type === 'dscp_marking');
    if (policy === undefined || rule === undefined) continue;
    for (const protocol of ['ip', 'ipv6'] as const) {
      flows.add(
        BR_INT,
        LOCAL_SWITCHING,
        OPENFLOW_MAX_PRIORITY,
        { protocol, reg2: 0, in_port: ofport },
        [act.setField('reg2', '0x1'), act.setField('ip_dscp', rule.dscp_mark), act.again(ofport)],
        {
          kind: 'qos_policy',
          name: policy.name,
          purpose: `DSCP ${rule.dscp_mark} on what port ${port.name} sends, by policy ${policy.name}`,
        },
      );
    }
  }
};

/**
 * Limits of a server's port: what goes to it waits in a queue, and what comes from it is policed. Directions are
 * Neutron's, which counts from the server (_update_ingress_bandwidth_limit, _update_egress_bandwidth_limit).
 */
export const bandwidthLimits = (
  topology: Topology,
  port: Port,
): Pick<OvsPortState, 'shaping' | 'policing'> => {
  const rules = policyOf(topology, port)?.rules ?? [];
  const limit = (direction: 'ingress' | 'egress') =>
    rules.find(
      (one): one is Rule<'bandwidth_limit'> => one.type === 'bandwidth_limit' && one.direction === direction,
    );
  const ingress = limit('ingress');
  const egress = limit('egress');
  return {
    ...(ingress && { shaping: { rate_kbps: ingress.max_kbps, burst_kbps: ingress.max_burst_kbps } }),
    ...(egress && {
      policing: {
        rate_kbps: egress.max_kbps,
        // Only the policer's burst has a default; both are whole numbers.
        burst_kbps: egress.max_burst_kbps || Math.floor(egress.max_kbps * DEFAULT_BURST),
      },
    }),
  };
};
