/** The schema of load balancers, as in the Load Balancer API (v2): its object model is that of LBaaS v2; see index.ts. */
import { z } from 'zod';
import { common, descriptionSchema } from './shared.ts';
import { hostNameSchema, ipAddressSchema, nameSchema, portNumberSchema } from './values.ts';

export const balancedProtocols = ['TCP', 'HTTP'] as const;
export const lbAlgorithms = ['ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP'] as const;
export const persistenceTypes = ['SOURCE_IP', 'HTTP_COOKIE', 'APP_COOKIE'] as const;
export const monitorTypes = ['TCP', 'HTTP', 'PING'] as const;
const monitorMethods = [
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
] as const;

export const adminStateUp = z.boolean().default(true).describe('false: it does nothing.');

export const connectionLimitSchema = z
  .int()
  .min(-1)
  .max(0x7f_ff_ff_ff)
  .default(-1)
  .describe('Connections at a time. -1: no limit.');

const insertHeadersSchema = z
  .strictObject({
    'X-Forwarded-For': z.boolean().optional().describe("The client's address."),
    'X-Forwarded-Port': z.boolean().optional().describe('The port of the listener.'),
    'X-Forwarded-Proto': z.boolean().optional().describe('http.'),
  })
  .meta({ id: 'InsertHeaders', description: 'Headers that are put into requests.' });

const listenerSchema = z
  .strictObject({
    id: common.id,
    admin_state_up: adminStateUp,
    protocol: z.enum(balancedProtocols).describe('TCP: connections. HTTP: requests.'),
    protocol_port: portNumberSchema.describe('TCP port of the VIP.'),
    default_pool: nameSchema.optional().describe('A pool of this load balancer.'),
    connection_limit: connectionLimitSchema,
    insert_headers: insertHeadersSchema.prefault({}).describe('Only HTTP.'),
  })
  .meta({ id: 'Listener', description: 'A TCP port of a load balancer.' });

export const sessionPersistenceSchema = z
  .strictObject({
    type: z
      .enum(persistenceTypes)
      .describe('What a client is known by: its address, a cookie of ours, or one of the application.'),
    cookie_name: z
      .string()
      .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,255}$/, 'the name of a cookie, such as JSESSIONID')
      .optional()
      .describe('Only APP_COOKIE, and needed there.'),
  })
  .meta({ id: 'SessionPersistence', description: 'A client stays with its member.' });

export const memberSchema = z
  .strictObject({
    server: hostNameSchema.optional().describe('A server; its address that the VIP reaches.'),
    address: ipAddressSchema.optional().describe('Instead of server: an address.'),
    protocol_port: portNumberSchema.describe('TCP port.'),
    weight: z
      .int()
      .min(0)
      .max(256)
      .default(1)
      .describe('Share of the connections, 0 to 256. 0: no new ones.'),
    subnet: nameSchema
      .optional()
      .describe('The subnet it is in. Default: the one that the VIP reaches and that holds the address.'),
    admin_state_up: adminStateUp,
  })
  .meta({ id: 'Member', description: 'One of those that do the work.' });

export const healthMonitorSchema = z
  .strictObject({
    type: z.enum(monitorTypes).describe('How a member is tried.'),
    delay: z.int().min(1).max(0x7f_ff_ff_ff).describe('Seconds from one try to the next, from 1.'),
    timeout: z.int().min(1).max(0x7f_ff_ff_ff).describe('Seconds to wait for an answer, at most the delay.'),
    max_retries: z.int().min(1).max(10).describe('Tries after which a member changes its state, 1 to 10.'),
    admin_state_up: adminStateUp,
    http_method: z.enum(monitorMethods).optional().describe('Only HTTP. Default: GET.'),
    url_path: z
      .string()
      .regex(/^\/[!-~]{0,1023}$/, 'a path, such as /healthy')
      .optional()
      .describe('Only HTTP. Default: /.'),
    expected_codes: z
      .string()
      .regex(
        /^(?:[1-5]\d\d(?:, ?[1-5]\d\d)*|[1-5]\d\d-[1-5]\d\d)$/,
        'a status, a list or a range of them: "200", "200,202" or "200-204"',
      )
      .optional()
      .describe('Only HTTP. Default: 200.'),
  })
  .meta({ id: 'HealthMonitor', description: 'Finds out which members are alive.' });

const poolSchema = z
  .strictObject({
    id: common.id,
    admin_state_up: adminStateUp,
    protocol: z.enum(balancedProtocols).describe('What is spoken with the members.'),
    lb_algorithm: z.enum(lbAlgorithms).describe('Which member is next.'),
    session_persistence: sessionPersistenceSchema.optional().describe('Default: none.'),
    members: z.array(memberSchema).default([]).describe('Those that do the work.'),
    healthmonitor: healthMonitorSchema.optional().describe('Default: all members count as alive.'),
  })
  .meta({ id: 'Pool', description: 'Members that do the same work.' });

export const loadBalancerSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    admin_state_up: adminStateUp,
    vip_subnet: nameSchema.describe('The subnet of its address (the VIP).'),
    vip_address: ipAddressSchema.optional().describe('Default: the first that is free in the subnet.'),
    vip_security_groups: z
      .array(nameSchema)
      .optional()
      .describe("Groups of the VIP's port, <loadbalancer>-vip (the API's vip_sg_ids). Default: [default]."),
    host: hostNameSchema
      .optional()
      .describe(
        'The host with the role network or gateway that holds it. Default: the first that its network reaches.',
      ),
    listeners: z.record(nameSchema, listenerSchema).default({}).describe('By name.'),
    pools: z.record(nameSchema, poolSchema).default({}).describe('By name.'),
  })
  .meta({ id: 'LoadBalancer', description: 'Spreads connections over members.' });
