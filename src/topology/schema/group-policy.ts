/** The schema of group-based policy, as in the Group-Based Policy API; see index.ts. Mapped to security groups. */
import { z } from 'zod';
import { common, descriptionSchema } from './shared.ts';
import { hostNameSchema, nameSchema } from './values.ts';

export const classifierProtocols = ['tcp', 'udp', 'icmp'] as const;
export const classifierDirections = ['in', 'out', 'bi'] as const;
export const actionTypes = ['allow', 'redirect'] as const;

export const policyClassifierSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    protocol: z.enum(classifierProtocols).nullable().default(null).describe('null: any.'),
    port_range: z
      .union([
        z.int().min(1).max(65_535).describe('A port, 1 to 65535.'),
        z
          .string()
          .regex(/^\d{1,5}(:\d{1,5})?$/, 'a port or a range "first:last", such as "80" or "5000:5009"')
          .describe('A port, or a range "first:last".'),
      ])
      .nullable()
      .default(null)
      .describe('Destination ports of tcp or udp. null: any.'),
    direction: z
      .enum(classifierDirections)
      .describe('in: to those who provide. out: from them. bi: both. Answers need none.'),
  })
  .meta({ id: 'PolicyClassifier', description: 'Some traffic between groups.' });

export const policyActionSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    action_type: z
      .enum(actionTypes)
      .default('allow')
      .describe('redirect, through a service chain, is refused: security groups cannot do it.'),
  })
  .meta({ id: 'PolicyAction', description: 'What is done with classified traffic.' });

export const policyRuleSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    enabled: z.boolean().default(true).describe('false: as if it were not there.'),
    policy_classifier: nameSchema.describe('What it is about.'),
    policy_actions: z.array(nameSchema).default([]).describe('What is done. Default: it is allowed.'),
  })
  .meta({ id: 'PolicyRule', description: 'Traffic, and what is done with it.' });

export const policyRuleSetSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    policy_rules: z.array(nameSchema).default([]).describe('In no order: all of them allow.'),
  })
  .meta({
    id: 'PolicyRuleSet',
    description: 'A contract: what those who consume may have of those who provide.',
  });

export const policyTargetGroupSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    subnets: z
      .array(nameSchema)
      .min(1)
      .describe('Subnets that the group has for itself: rules of other groups name it by them.'),
    provided_policy_rule_sets: z.array(nameSchema).default([]).describe('Contracts that it offers.'),
    consumed_policy_rule_sets: z.array(nameSchema).default([]).describe('Contracts that it uses.'),
  })
  .meta({
    id: 'PolicyTargetGroup',
    description: 'Ports with one policy. Among themselves everything passes.',
  });

export const policyTargetSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    policy_target_group: nameSchema.describe('Its group.'),
    port: nameSchema.optional().describe('A port, also one made for a server (<server>-eth<n>).'),
    server: hostNameSchema
      .optional()
      .describe("Instead of port: a server, by its NIC on the group's network."),
  })
  .meta({ id: 'PolicyTarget', description: 'A port that is in a group.' });
