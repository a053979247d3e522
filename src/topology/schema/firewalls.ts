/**
 * The schema of firewalls, as in the Networking API's Firewall as a Service extensions: `firewalls` are v1 (whole
 * routers), `firewall_groups` v2 (ports of routers); policies and rules are alike in both. See index.ts.
 */
import { z } from 'zod';
import { common, descriptionSchema } from './shared.ts';
import { addressOrCidrSchema, nameSchema } from './values.ts';

export const firewallActions = ['allow', 'deny', 'reject'] as const;
export const firewallProtocols = ['tcp', 'udp', 'icmp'] as const;

/** Of ports: one, or the first and the last. */
const portRangeSchema = z.union([
  z.int().min(1).max(65_535).describe('A port, 1 to 65535.'),
  z
    .string()
    .regex(/^\d{1,5}(:\d{1,5})?$/, 'a port or a range "first:last", such as "80" or "5000:5009"')
    .describe('A port, or a range "first:last".'),
]);

const shared = z.boolean().default(false).describe('true: other projects may use it.');

export const firewallRuleSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    shared,
    protocol: z.enum(firewallProtocols).nullable().default(null).describe('null: any.'),
    ip_version: z.literal([4, 6]).default(4).describe('The IP version it is about.'),
    source_ip_address: addressOrCidrSchema.nullable().default(null).describe('null: any.'),
    destination_ip_address: addressOrCidrSchema
      .nullable()
      .default(null)
      .describe('null: any. Of what is for a floating IP the address inside.'),
    source_port: portRangeSchema.nullable().default(null).describe('Only of tcp and udp. null: any.'),
    destination_port: portRangeSchema.nullable().default(null).describe('Only of tcp and udp. null: any.'),
    action: z
      .enum(firewallActions)
      .default('deny')
      .describe('deny: dropped silently. reject: the sender is told; not with release juno.'),
    enabled: z.boolean().default(true).describe('false: as if it were not there.'),
  })
  .meta({ id: 'FirewallRule', description: 'What is done with some packets.' });

export const firewallPolicySchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    shared,
    audited: z.boolean().default(false).describe('For people.'),
    firewall_rules: z
      .array(nameSchema)
      .default([])
      .describe('In this order: the first that is about a packet decides. What none is about is dropped.'),
  })
  .meta({ id: 'FirewallPolicy', description: 'Rules in their order.' });

const adminStateUp = z.boolean().default(true).describe('false: nothing passes at all.');

export const firewallSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    shared,
    admin_state_up: adminStateUp,
    firewall_policy: nameSchema.describe('What passes.'),
    routers: z
      .array(nameSchema)
      .optional()
      .describe("The API's router_ids. Default: all routers of the project."),
  })
  .meta({
    id: 'Firewall',
    description: 'Firewall as a Service v1: what its routers forward, both ways.',
  });

export const firewallGroupSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    shared,
    admin_state_up: adminStateUp,
    ingress_firewall_policy: nameSchema
      .nullable()
      .default(null)
      .describe("What may leave the router by one of the ports, to the port's network. null: nothing."),
    egress_firewall_policy: nameSchema
      .nullable()
      .default(null)
      .describe("What may come into the router by one of the ports, from the port's network. null: nothing."),
    ports: z
      .array(nameSchema)
      .default([])
      .describe('Ports of routers inside (<router>-<subnet>, or ports of this document).'),
  })
  .meta({
    id: 'FirewallGroup',
    description: 'Firewall as a Service v2: what passes ports of routers. Not beside firewalls.',
  });
