/** The schema of security groups, as in the Networking API's security-group extension; see index.ts. */
import { z } from 'zod';
import { common, descriptionSchema } from './shared.ts';
import { cidrSchema, nameSchema } from './values.ts';

export const directions = ['ingress', 'egress'] as const;
export const ethertypes = ['IPv4', 'IPv6'] as const;

/** Protocols that rules may name (IP_PROTOCOL_MAP of neutron_lib), with their numbers. */
export const IP_PROTOCOLS = {
  tcp: 6,
  udp: 17,
  icmp: 1,
  icmpv6: 58,
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  igmp: 2,
  ipip: 4,
  'ipv6-encap': 41,
  'ipv6-frag': 44,
  'ipv6-icmp': 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  'ipv6-route': 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  udplite: 136,
  vrrp: 112,
} as const;

type IpProtocol = keyof typeof IP_PROTOCOLS;

const protocolSchema = z.union([
  z.enum(Object.keys(IP_PROTOCOLS) as [IpProtocol, ...IpProtocol[]]).describe('A name, such as tcp.'),
  z.int().min(0).max(255).describe('A number of an IP protocol, 0 to 255.'),
]);

const ruleSchema = z
  .strictObject({
    description: descriptionSchema,
    direction: z.enum(directions).describe('ingress: to the port. egress: from it.'),
    ethertype: z.enum(ethertypes).default('IPv4').describe('The IP version it is about.'),
    protocol: protocolSchema
      .nullable()
      .default(null)
      .describe('The IP protocol, by name or number. null: any.'),
    port_range_min: z
      .int()
      .min(0)
      .max(65_535)
      .nullable()
      .default(null)
      .describe('The first destination port; for ICMP the type (0 to 255). null: any.'),
    port_range_max: z
      .int()
      .min(0)
      .max(65_535)
      .nullable()
      .default(null)
      .describe('The last destination port; for ICMP the code (0 to 255). null: any.'),
    remote_ip_prefix: cidrSchema
      .nullable()
      .default(null)
      .describe('Only from (ingress) or to (egress) these addresses.'),
    remote_group: nameSchema
      .nullable()
      .default(null)
      .describe('Only from or to ports of this group; default is the default group of the project.'),
  })
  .meta({ id: 'SecurityGroupRule', description: 'Something that is allowed.' });

export const securityGroupSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    stateful: z.boolean().default(true).describe('false: replies need a rule of their own.'),
    security_group_rules: z
      .array(ruleSchema)
      .default([])
      .describe(
        'What is allowed. All egress is, unless there is an egress rule among them (as the API and Heat have it).',
      ),
  })
  .meta({
    id: 'SecurityGroup',
    description:
      'Rules for ports. Each project has a group "default" as well: all egress, and ingress from its own ports.',
  });
