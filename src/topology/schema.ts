/**
 * The only definition of the two documents: TypeScript types, run-time checks and the published JSON Schema come
 * from here. Attributes are spelled as in the OpenStack Networking (v2.0) and Compute APIs.
 */
import { z } from 'zod';

const nameSchema = z
  .string()
  .regex(
    /^[a-zA-Z][a-zA-Z0-9_.-]{0,62}$/,
    'a name: a letter, then letters, digits, "-", "_" or ".", at most 63 characters',
  )
  .meta({ description: 'A name, unique among things of its kind.' });

/** Names become host names and container names too, hence stricter. */
const hostNameSchema = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,30}$/,
    'a host name: a lower-case letter, then lower-case letters, digits or "-", at most 31 characters',
  );

const deviceNameSchema = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_.-]{0,14}$/, 'a device name: at most 15 characters (IFNAMSIZ - 1)');

const ipAddressSchema = z.union([z.ipv4(), z.ipv6()], { error: 'an IPv4 or IPv6 address' });
const cidrSchema = z.union([z.cidrv4(), z.cidrv6()], {
  error: 'a network in CIDR notation, such as 10.0.0.0/24',
});
const macAddressSchema = z
  .string()
  .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'a MAC address in lower case, such as fa:16:3e:00:00:01')
  .refine(
    (mac) => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0,
    'a unicast MAC address (its first octet is even)',
  );
const mtuSchema = z.int().min(576).max(9216);
const vlanRangeSchema = z
  .string()
  .regex(/^\d{1,4}:\d{1,4}$/, 'a VLAN range "first:last", such as "100:199"')
  .refine((range) => {
    const [first, last] = range.split(':').map(Number) as [number, number];
    return first >= 1 && first <= last && last <= 4000;
  }, "a VLAN range within 1:4000, first not above last (4001 to 4094 are the underlay switches' own)");

// ---------------------------------------------------------------------------------------------- underlay

export const hostRoles = [
  'controller',
  'compute',
  'network',
  'gateway',
  'switch',
  'router',
  'internet',
] as const;
export const underlayNetworkTypes = ['management', 'tunnel', 'vlan', 'external', 'internet'] as const;

const underlayNetworkSchema = z
  .strictObject({
    type: z.enum(underlayNetworkTypes).meta({
      description:
        'management: control traffic. tunnel: VXLAN and GRE between hosts. vlan: a trunk for VLAN and flat provider networks. external: the way out. internet: between the upstream router and hosts beyond it.',
    }),
    cidr: cidrSchema
      .optional()
      .meta({ description: 'The address plan; every interface address lies inside.' }),
    gateway_ip: ipAddressSchema.optional(),
    mtu: mtuSchema.default(1500).meta({ description: 'Bytes of an IP packet on these wires.' }),
    physical_network: nameSchema
      .optional()
      .meta({
        description:
          'Label that provider networks refer to (provider:physical_network). Only vlan and external.',
      }),
    network_vlan_ranges: z
      .array(vlanRangeSchema)
      .optional()
      .meta({ description: 'VLAN ids a trunk carries. Only vlan and external.' }),
    bridge: deviceNameSchema
      .optional()
      .meta({ description: 'OVS bridge that holds the uplink on hosts; default br-<physical_network>.' }),
  })
  .meta({ id: 'UnderlayNetwork' });

const interfaceSchema = z
  .strictObject({
    network: nameSchema.optional().meta({ description: 'The underlay network this interface is on.' }),
    networks: z
      .array(nameSchema)
      .min(1)
      .optional()
      .meta({ description: 'Only between switches: the networks the link carries.' }),
    address: ipAddressSchema.optional(),
    peer: hostNameSchema.meta({ description: 'The switch (or host) at the other end of the cable.' }),
  })
  .meta({ id: 'UnderlayInterface' });

const hostSchema = z
  .strictObject({
    role: z.enum(hostRoles),
    interfaces: z.record(deviceNameSchema, interfaceSchema).default({}),
  })
  .meta({ id: 'UnderlayHost' });

export const underlayDocumentSchema = z
  .strictObject({
    underlay: nameSchema,
    description: z.string().optional(),
    networks: z.record(nameSchema, underlayNetworkSchema),
    hosts: z.record(hostNameSchema, hostSchema),
  })
  .meta({ id: 'UnderlayDocument', title: 'netdojo underlay document' });

// ------------------------------------------------------------------------------------------------- cloud

export const networkTypes = ['flat', 'vlan', 'vxlan', 'gre', 'local'] as const;

const networkSchema = z
  .strictObject({
    id: z.uuid().optional(),
    project: nameSchema.optional(),
    admin_state_up: z.boolean().default(true),
    shared: z.boolean().default(false),
    mtu: mtuSchema.optional().meta({ description: 'Default: the underlay MTU less the encapsulation.' }),
    port_security_enabled: z.boolean().default(true),
    'provider:network_type': z.enum(networkTypes).default('vxlan'),
    'provider:physical_network': nameSchema.optional(),
    'provider:segmentation_id': z.int().min(1).max(0xff_ff_ff_ff).optional().meta({
      description:
        'VLAN id (1 to 4094), VNI (1 to 16777215) or GRE key (1 to 4294967295). Chosen when left out.',
    }),
    'router:external': z.boolean().default(false),
  })
  .meta({ id: 'Network' });

const allocationPoolSchema = z.strictObject({ start: ipAddressSchema, end: ipAddressSchema });

const subnetSchema = z
  .strictObject({
    id: z.uuid().optional(),
    network: nameSchema,
    cidr: cidrSchema,
    gateway_ip: ipAddressSchema
      .nullable()
      .optional()
      .meta({ description: 'Default: the first address. null: no gateway.' }),
    enable_dhcp: z.boolean().default(false),
    allocation_pools: z.array(allocationPoolSchema).optional(),
    dns_nameservers: z.array(ipAddressSchema).default([]),
    host_routes: z.array(z.strictObject({ destination: cidrSchema, nexthop: ipAddressSchema })).default([]),
  })
  .meta({ id: 'Subnet' });

const fixedIpSchema = z.strictObject({
  subnet: nameSchema.optional(),
  ip_address: ipAddressSchema.optional(),
});

const portSchema = z
  .strictObject({
    id: z.uuid().optional(),
    network: nameSchema,
    project: nameSchema.optional(),
    admin_state_up: z
      .boolean()
      .default(true)
      .meta({ description: 'false: the agent leaves the port on the dead VLAN.' }),
    mac_address: macAddressSchema.optional(),
    fixed_ips: z.array(fixedIpSchema).optional(),
    port_security_enabled: z.boolean().optional(),
  })
  .meta({ id: 'Port' });

const serverNicSchema = z.union([
  nameSchema.meta({ description: 'A network.' }),
  z.strictObject({
    network: nameSchema,
    fixed_ip: ipAddressSchema.optional(),
    mac_address: macAddressSchema.optional(),
  }),
  z.strictObject({ port: nameSchema }),
]);

const serverSchema = z
  .strictObject({
    id: z.uuid().optional(),
    project: nameSchema.optional(),
    host: hostNameSchema.meta({ description: 'The compute host it runs on.' }),
    networks: z
      .array(serverNicSchema)
      .min(1)
      .meta({ description: 'One NIC each, eth0 first: a network, a network with an address, or a port.' }),
  })
  .meta({ id: 'Server' });

const optionsSchema = z
  .strictObject({
    l2_population: z
      .boolean()
      .default(true)
      .meta({ description: 'Tunnel endpoints and MAC addresses are announced, not learned.' }),
    arp_responder: z
      .boolean()
      .default(true)
      .meta({ description: 'Known ARP requests are answered on the host; needs l2_population.' }),
  })
  .meta({ id: 'Options', description: 'What neutron.conf and ml2_conf.ini would say.' });

export const cloudDocumentSchema = z
  .strictObject({
    cloud: nameSchema,
    description: z.string().optional(),
    underlay: z
      .string()
      .min(1)
      .meta({ description: 'Name of a shipped underlay, or a path relative to this file.' }),
    options: optionsSchema.prefault({}),
    projects: z
      .record(nameSchema, z.strictObject({ id: z.uuid().optional(), description: z.string().optional() }))
      .default({}),
    networks: z.record(nameSchema, networkSchema).default({}),
    subnets: z.record(nameSchema, subnetSchema).default({}),
    ports: z.record(nameSchema, portSchema).default({}),
    servers: z.record(hostNameSchema, serverSchema).default({}),
  })
  .meta({ id: 'CloudDocument', title: 'netdojo cloud document' });

export type HostRole = (typeof hostRoles)[number];
export type UnderlayNetworkType = (typeof underlayNetworkTypes)[number];
export type NetworkType = (typeof networkTypes)[number];
export type UnderlayDocument = z.infer<typeof underlayDocumentSchema>;
export type UnderlayDocumentInput = z.input<typeof underlayDocumentSchema>;
export type CloudDocument = z.infer<typeof cloudDocumentSchema>;
export type CloudDocumentInput = z.input<typeof cloudDocumentSchema>;
export type Options = CloudDocument['options'];
