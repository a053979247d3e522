/** Scalars of the documents: names, addresses, ranges. */
import { z } from 'zod';

/** Texts of patterns are what an error says was expected. */
export const nameSchema = z
  .string()
  .regex(
    /^[a-zA-Z][a-zA-Z0-9_.-]{0,62}$/,
    'a name: a letter, then letters, digits, "-", "_" or ".", at most 63 characters',
  )
  .meta({ id: 'Name', description: 'A name, unique among things of its kind.' });

/** Names become host names and container names too, hence stricter. */
export const hostNameSchema = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,30}$/,
    'a host name: a lower-case letter, then lower-case letters, digits or "-", at most 31 characters',
  )
  .meta({ id: 'HostName', description: 'A host name: lower case, at most 31 characters.' });

export const deviceNameSchema = z
  .string()
  .regex(
    /^[a-zA-Z][a-zA-Z0-9_.-]{0,14}$/,
    'a device name: a letter, then letters, digits, "-", "_" or ".", at most 15 characters',
  )
  .meta({ id: 'DeviceName', description: 'Name of a network device, at most 15 characters (IFNAMSIZ - 1).' });

// One pattern instead of a union of formats: the JSON Schema then means exactly the same, whatever validator reads it.
export const ipAddressSchema = z
  .string()
  .regex(
    new RegExp(`${z.regexes.ipv4.source}|${z.regexes.ipv6.source}`),
    'an IPv4 or IPv6 address, such as 10.0.0.5',
  )
  .meta({ id: 'IpAddress', description: 'An IPv4 or IPv6 address.' });
export const cidrSchema = z
  .string()
  .regex(
    new RegExp(`${z.regexes.cidrv4.source}|${z.regexes.cidrv6.source}`),
    'a network in CIDR notation, such as 10.0.0.0/24',
  )
  .meta({ id: 'Cidr', description: 'A network in CIDR notation, such as 10.0.0.0/24.' });
export const macAddressSchema = z
  .string()
  .regex(
    /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/,
    'a unicast MAC address in lower case, such as fa:16:3e:00:00:01 (its first octet is even)',
  )
  .meta({ id: 'MacAddress', description: 'A unicast MAC address in lower case, such as fa:16:3e:00:00:01.' });
/** With a prefix length where no network says it. */
export const interfaceAddressSchema = z
  .string()
  .regex(
    new RegExp(
      [z.regexes.ipv4, z.regexes.ipv6, z.regexes.cidrv4, z.regexes.cidrv6]
        .map(({ source }) => source)
        .join('|'),
    ),
    'an IPv4 or IPv6 address, such as 10.0.0.5',
  )
  .meta({
    id: 'InterfaceAddress',
    description: 'An address; with a prefix length (10.0.0.5/24) where the network has no cidr.',
  });
/** As a range of addresses, of which a single one is the smallest. */
export const addressOrCidrSchema = z
  .string()
  .regex(
    new RegExp(
      [z.regexes.ipv4, z.regexes.ipv6, z.regexes.cidrv4, z.regexes.cidrv6]
        .map(({ source }) => source)
        .join('|'),
    ),
    'an IP address or a network in CIDR notation, such as 10.0.0.5 or 10.0.0.0/24',
  )
  .meta({ id: 'AddressOrCidr', description: 'An IP address, or a network in CIDR notation.' });
export const portNumberSchema = z
  .int()
  .min(1)
  .max(65_535)
  .meta({ id: 'PortNumber', description: 'A TCP or UDP port, 1 to 65535.' });
export const uuidSchema = z.uuid('a UUID').meta({ id: 'Uuid', description: 'A UUID.' });
export const mtuSchema = z
  .int()
  .min(576)
  .max(9216)
  .meta({ id: 'Mtu', description: 'Bytes of the largest IP packet, 576 to 9216.' });
export const vlanRangeSchema = z
  .string()
  .regex(/^\d{1,4}:\d{1,4}$/, 'a VLAN range "first:last", such as "100:199"')
  .meta({
    id: 'VlanRange',
    description: "First and last VLAN id, within 1 to 4000: those above are the underlay switches' own.",
  });
