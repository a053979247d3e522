/** The schema of what belongs to ports: address pairs, trunks and QoS policies; see index.ts. */
import { z } from 'zod';
import { directions } from './security-groups.ts';
import { common, descriptionSchema } from './shared.ts';
import { addressOrCidrSchema, macAddressSchema, nameSchema } from './values.ts';

/** Differentiated services code points that the API takes (VALID_DSCP_MARKS of neutron_lib). */
export const dscpMarks = [
  0, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 46, 48, 56,
] as const;

export const addressPairSchema = z
  .strictObject({
    ip_address: addressOrCidrSchema.describe('What it may send from beside its fixed IPs.'),
    mac_address: macAddressSchema.optional().describe("Default: the port's own."),
  })
  .meta({ id: 'AllowedAddressPair', description: 'Addresses that port security lets pass.' });

const subPortSchema = z
  .strictObject({
    port: nameSchema.describe('A port of this document.'),
    segmentation_type: z.enum(['vlan']).default('vlan').describe('How frames are told apart.'),
    segmentation_id: z.int().min(1).max(4094).describe('VLAN id by which the server knows it, 1 to 4094.'),
  })
  .meta({ id: 'SubPort', description: 'A port that a server reaches by a VLAN id of its own.' });

export const trunkSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    admin_state_up: z
      .boolean()
      .default(true)
      .describe('false: its subports cannot be changed, what it carries goes on.'),
    port: nameSchema.describe(
      'The parent: the port that is a NIC of the server; untagged frames are its own.',
    ),
    sub_ports: z.array(subPortSchema).default([]).describe('Ports that come tagged by the same NIC.'),
  })
  .meta({ id: 'Trunk', description: 'Several networks by one NIC.' });

const dscpMarkingRuleSchema = z
  .strictObject({
    type: z.literal('dscp_marking').describe('Packets are marked.'),
    dscp_mark: z.literal(dscpMarks).describe('The DSCP value, 0 to 56.'),
  })
  .meta({ id: 'DscpMarkingRule', description: 'A DSCP mark on what a port sends.' });

const bandwidthLimitRuleSchema = z
  .strictObject({
    type: z.literal('bandwidth_limit').describe('Packets are held back or dropped.'),
    max_kbps: z.int().min(1).max(0x7f_ff_ff_ff).describe('Kilobits a second, from 1.'),
    max_burst_kbps: z
      .int()
      .min(0)
      .max(0x7f_ff_ff_ff)
      .default(0)
      .describe('Kilobits of a burst. 0: 80 % of max_kbps.'),
    direction: z.enum(directions).default('egress').describe('ingress: to the port. egress: from it.'),
  })
  .meta({ id: 'BandwidthLimitRule', description: 'A limit of a bandwidth.' });

export const qosPolicySchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    rules: z
      .array(z.union([dscpMarkingRuleSchema, bandwidthLimitRuleSchema]))
      .default([])
      .describe('One of each type (and direction).'),
  })
  .meta({ id: 'QosPolicy', description: 'How well ports are served.' });
