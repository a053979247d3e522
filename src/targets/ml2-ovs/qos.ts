/** QoS policies of ports: the qos extension of the OVS agent (extension_drivers/qos_driver.py). */
import type { Port, QosPolicy, QosRule, Topology } from '../../topology/topology.ts';
import type { AgentHost } from './bindings.ts';
import { act, type FlowSet } from './flow-set.ts';
import { BR_INT } from './names.ts';
import { LOCAL_SWITCHING, OPENFLOW_MAX_PRIORITY } from './tables.ts';

type Rule<Type extends QosRule['type']> = Extract<QosRule, { readonly type: Type }>;

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
