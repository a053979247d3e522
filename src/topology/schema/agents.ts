/** The schema of agents, as in the Networking API's agent and agent-scheduler extensions; see index.ts. */
import { z } from 'zod';
import { hostNameSchema } from './values.ts';

export const agentSchema = z
  .strictObject({
    alive: z
      .boolean()
      .default(true)
      .describe(
        'false: they have not reported for agent_down_time. Nothing that changes reaches the host until they do, and what names no host is on another one, where there is one for it.',
      ),
  })
  .meta({ id: 'Agent', description: 'The agents of a host with the role network or gateway.' });

export const schedulingOptions = {
  allow_automatic_l3agent_failover: z
    .boolean()
    .default(false)
    .describe('A router without ha is scheduled anew when the agents of its host are no longer alive.'),
  allow_automatic_dhcp_failover: z
    .boolean()
    .default(true)
    .describe('DHCP of a network is scheduled anew when the agents of its host are no longer alive.'),
};

export const dhcpAgentsSchema = z
  .array(hostNameSchema)
  .min(1)
  .optional()
  .describe('Hosts whose DHCP agents serve it. Default: as many as options.dhcp_agents_per_network says.');
