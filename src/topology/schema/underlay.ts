/** The schema of underlay documents; see index.ts. */
import { z } from 'zod';
import { routeSchema } from './shared.ts';
import {
  cidrSchema,
  deviceNameSchema,
  hostNameSchema,
  interfaceAddressSchema,
  ipAddressSchema,
  mtuSchema,
  nameSchema,
  vlanRangeSchema,
} from './values.ts';

export const hostRoles = [
  'controller',
  'compute',
  'network',
  'gateway',
  'switch',
  'router',
  'internet',
  'baremetal',
] as const;
export const underlayNetworkTypes = ['management', 'tunnel', 'vlan', 'external', 'internet'] as const;

const underlayNetworkSchema = z
  .strictObject({
    type: z
      .enum(underlayNetworkTypes)
      .describe(
        'management: control traffic. tunnel: VXLAN and GRE between hosts. vlan: a trunk for VLAN and flat provider networks. external: the way out. internet: between the upstream router and hosts beyond it.',
      ),
    cidr: cidrSchema.optional().describe('The address plan; every interface address lies inside.'),
    gateway_ip: ipAddressSchema
      .optional()
      .describe('Where packets that leave the network go; inside the cidr.'),
    ipv6_cidr: cidrSchema.optional().describe('IPv6 addresses beside those of cidr.'),
    ipv6_gateway_ip: ipAddressSchema
      .optional()
      .describe('Where IPv6 packets that leave the network go; inside ipv6_cidr.'),
    mtu: mtuSchema.default(1500).describe('Bytes of an IP packet on these wires.'),
    physical_network: nameSchema
      .optional()
      .describe('Label that provider networks refer to (provider:physical_network). Only vlan and external.'),
    network_vlan_ranges: z
      .array(vlanRangeSchema)
      .optional()
      .describe('VLAN ids a trunk carries, such as ["100:199"]. Only vlan and external.'),
    bridge: deviceNameSchema
      .optional()
      .describe('OVS bridge that holds the uplink on hosts; default br-<physical_network>.'),
  })
  .meta({ id: 'UnderlayNetwork', description: 'Wires of one purpose, with their address plan.' });

const vlanSchema = z.int().min(1).max(4000);

const vlanInterfaceSchema = z
  .strictObject({
    vlan: vlanSchema.describe('VLAN id, 1 to 4000.'),
    address: interfaceAddressSchema.describe('With its prefix length, such as 10.0.0.1/24.'),
  })
  .meta({ id: 'VlanInterface', description: 'An address in a VLAN.' });

const interfaceSchema = z
  .strictObject({
    network: nameSchema.optional().describe('The underlay network this interface is on.'),
    networks: z
      .array(nameSchema)
      .min(1)
      .optional()
      .describe('Only between switches: the networks the link carries.'),
    address: interfaceAddressSchema
      .optional()
      .describe(
        'Inside the cidr of the network; where that has none, with a prefix length. A switch that has one on the tunnel network ends tunnels there, for the hosts of its rack.',
      ),
    ipv6_address: ipAddressSchema
      .optional()
      .describe('Only hosts of role router and internet: inside the ipv6_cidr of the network.'),
    gateway_ip: ipAddressSchema
      .optional()
      .describe('Only bare metal: where packets that leave its network go.'),
    vlan: vlanSchema
      .optional()
      .describe('Only bare metal: VLAN id of the access port that it is on, 1 to 4000. Default: untagged.'),
    vlans: z
      .array(vlanInterfaceSchema)
      .min(1)
      .optional()
      .describe('Only routers: VLANs of the network that it routes between.'),
    peer: hostNameSchema.describe('The switch (or host) at the other end of the cable.'),
  })
  .meta({
    id: 'UnderlayInterface',
    description:
      'A network interface and the cable in it. A cable to a switch is declared at the other end only, one between two hosts at both.',
  });

const hostSchema = z
  .strictObject({
    role: z
      .enum(hostRoles)
      .describe(
        'compute: servers run here. network, gateway: routers and the way out. switch: an Ethernet switch. router: the upstream router, or one between VLANs. internet: a host beyond it. baremetal: a host on provider networks.',
      ),
    interfaces: z
      .record(deviceNameSchema, interfaceSchema)
      .default({})
      .describe('By device name. Ports of switches towards hosts are made (swp1, swp2, …).'),
    routes: z
      .array(routeSchema('UnderlayRoute', 'A route of a router of the physical world.'))
      .default([])
      .describe('Only routers: routes beside those to their own networks, such as BGP would bring.'),
  })
  .meta({ id: 'UnderlayHost', description: 'A machine of the physical world.' });

export const underlayDocumentSchema = z
  .strictObject({
    underlay: nameSchema.describe('Name of the underlay.'),
    description: z.string().optional().describe('For people.'),
    networks: z
      .record(nameSchema, underlayNetworkSchema)
      .describe('Networks of the physical world, by name.'),
    hosts: z.record(hostNameSchema, hostSchema).describe('Hosts and switches, by name.'),
  })
  .meta({
    id: 'UnderlayDocument',
    title: 'netdojo underlay document',
    description: 'The physical world: hosts, switches and cables.',
  });

export type HostRole = (typeof hostRoles)[number];
export type UnderlayNetworkType = (typeof underlayNetworkTypes)[number];
export type UnderlayDocument = z.infer<typeof underlayDocumentSchema>;
export type UnderlayDocumentInput = z.input<typeof underlayDocumentSchema>;
