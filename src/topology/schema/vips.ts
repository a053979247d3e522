/**
 * The schema of load balancing as the LBaaS API v1 spelled it (Folsom to Liberty; loadbalancer.py and
 * loadbalancer_db.py of Neutron): a VIP, its pool, the pool's members and the monitors that are associated with it.
 * What v2 has as well is shared; see schema-loadbalancers.ts.
 */
import { z } from 'zod';
import {
  adminStateUp,
  balancedProtocols,
  connectionLimitSchema,
  healthMonitorSchema,
  lbAlgorithms,
  memberSchema,
  sessionPersistenceSchema,
} from './loadbalancers.ts';
import { common, descriptionSchema } from './shared.ts';
import { hostNameSchema, ipAddressSchema, nameSchema, portNumberSchema } from './values.ts';

export const vipSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    admin_state_up: adminStateUp,
    protocol: z.enum(balancedProtocols).describe('TCP: connections. HTTP: requests. That of its pool.'),
    protocol_port: portNumberSchema.describe('TCP port.'),
    subnet: nameSchema.describe('The subnet of its address.'),
    address: ipAddressSchema.optional().describe('Default: the first that is free in the subnet.'),
    pool: nameSchema.describe('The pool that does its work; no other VIP has it.'),
    session_persistence: sessionPersistenceSchema.optional().describe('Default: none.'),
    connection_limit: connectionLimitSchema,
  })
  .meta({ id: 'Vip', description: 'LBaaS v1: an address and a port, and what is balanced there.' });

const vipMemberSchema = memberSchema
  .omit({ subnet: true })
  .meta({ id: 'VipMember', description: 'LBaaS v1: one of those that do the work.' });

export const vipPoolSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    admin_state_up: adminStateUp,
    protocol: z.enum(balancedProtocols).describe('What is spoken with the members.'),
    lb_method: z.enum(lbAlgorithms).describe('Which member is next.'),
    subnet: nameSchema.describe('The subnet of the members.'),
    members: z.array(vipMemberSchema).default([]).describe('Those that do the work.'),
    health_monitors: z
      .array(nameSchema)
      .default([])
      .describe('Monitors of this document. haproxy knows one a pool: the first with admin_state_up counts.'),
    host: hostNameSchema
      .optional()
      .describe(
        'The host with the role network or gateway that holds it. Default: the first that the network of the VIP reaches.',
      ),
  })
  .meta({ id: 'VipPool', description: 'LBaaS v1: members that do the same work.' });

export const vipMonitorSchema = healthMonitorSchema
  .extend(common)
  .meta({ id: 'VipHealthMonitor', description: 'LBaaS v1: a health monitor, for any number of pools.' });
