/** The schema of routers and floating IPs, as in the Networking API's layer 3 extensions; see index.ts. */
import { z } from 'zod';
import { common, descriptionSchema, fixedIpSchema, routeSchema } from './shared.ts';
import { hostNameSchema, ipAddressSchema, nameSchema, portNumberSchema } from './values.ts';

export const forwardedProtocols = ['tcp', 'udp'] as const;

const externalGatewayInfoSchema = z
  .strictObject({
    network: nameSchema.describe('An external network (router:external).'),
    enable_snat: z
      .boolean()
      .default(true)
      .describe("true: what has no floating IP leaves with the gateway's address."),
    external_fixed_ips: z
      .array(fixedIpSchema)
      .optional()
      .describe('Default: an address of each IP version that the network has a subnet of.'),
  })
  .meta({ id: 'ExternalGatewayInfo', description: 'The way out of a router.' });

const routerInterfaceSchema = z.union([
  nameSchema.describe('A subnet.'),
  z
    .strictObject({
      subnet: nameSchema.describe('A subnet; a port with its gateway_ip is made, <router>-<subnet>.'),
    })
    .meta({ id: 'RouterSubnet', description: 'A subnet.' }),
  z
    .strictObject({ port: nameSchema.describe('A port of this document.') })
    .meta({ id: 'RouterPort', description: 'A port.' }),
]);

export const routerSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    admin_state_up: z.boolean().default(true).describe('false: the router forwards nothing.'),
    external_gateway_info: externalGatewayInfoSchema
      .nullable()
      .optional()
      .describe('The way out. Default: none. Its port is called <router>-gateway.'),
    routes: z
      .array(routeSchema('RouterRoute', 'A route of a router beside those to its subnets.'))
      .default([])
      .describe('Extra routes.'),
    distributed: z
      .boolean()
      .default(false)
      .describe(
        'true: every host with a server, DHCP or load balancer on its networks routes (DVR). With release juno between tunnelled networks only.',
      ),
    ha: z.boolean().default(false).describe('true: several hosts hold the router, one at a time (VRRP).'),
    interfaces: z
      .array(routerInterfaceSchema)
      .default([])
      .describe('What it routes between: a subnet (by its gateway_ip), or a port.'),
    hosts: z
      .array(hostNameSchema)
      .min(1)
      .optional()
      .describe(
        'Hosts with the role network or gateway that hold it. Default: the first of them that its networks reach and whose L3 agent is in a mode for it; with ha as many as max_l3_agents_per_router says.',
      ),
  })
  .meta({ id: 'Router', description: 'Routes between subnets, and out.' });

const portForwardingSchema = z
  .strictObject({
    protocol: z.enum(forwardedProtocols).describe('What is forwarded.'),
    external_port: portNumberSchema.describe('TCP or UDP port of the floating IP.'),
    internal_port: portNumberSchema.describe('TCP or UDP port that it is forwarded to.'),
    internal_port_name: nameSchema
      .optional()
      .describe("The Neutron port it is forwarded to (the API's internal_port_id)."),
    server: hostNameSchema
      .optional()
      .describe('Instead of internal_port_name: a server, by its first NIC that can be reached.'),
    internal_ip_address: ipAddressSchema
      .optional()
      .describe('Which address of the port. Default: its only IPv4 address.'),
  })
  .meta({ id: 'PortForwarding', description: 'One port of a floating IP, forwarded.' });

export const floatingIpSchema = z
  .strictObject({
    ...common,
    description: descriptionSchema,
    floating_network: nameSchema.describe('An external network (router:external).'),
    floating_ip_address: ipAddressSchema
      .optional()
      .describe("Default: the first that is free in the network's allocation pools."),
    port: nameSchema
      .optional()
      .describe('The port it stands for, also one made for a server (<server>-eth<n>).'),
    server: hostNameSchema
      .optional()
      .describe('Instead of port: a server, by its first NIC that can be reached.'),
    fixed_ip_address: ipAddressSchema
      .optional()
      .describe('Which address of the port. Default: its only IPv4 address.'),
    port_forwardings: z
      .array(portForwardingSchema)
      .default([])
      .describe('Ports that are forwarded; only without port and server.'),
  })
  .meta({ id: 'FloatingIp', description: 'An address of an external network that stands for one inside.' });
