/** Attributes and shapes that several collections of a cloud document have. */
import { z } from 'zod';
import { cidrSchema, ipAddressSchema, nameSchema, uuidSchema } from './values.ts';

/** What the API gives everything that it makes. */
export const common = {
  id: uuidSchema
    .optional()
    .describe('Default: derived from the names of the cloud and the thing (UUID version 5).'),
  project: nameSchema.optional().describe('The project it belongs to.'),
};

export const descriptionSchema = z.string().optional().describe('For people.');

export const fixedIpSchema = z
  .strictObject({
    subnet: nameSchema
      .optional()
      .describe("A subnet of the port's network; any address of it, unless ip_address says which."),
    ip_address: ipAddressSchema.optional().describe("An address inside a subnet of the port's network."),
  })
  .meta({ id: 'FixedIp', description: 'An address of a port: a subnet, an address, or both.' });

/** A route, with what it is there for. */
export function routeSchema(id: string, description: string) {
  return z
    .strictObject({
      destination: cidrSchema.describe('Where to.'),
      nexthop: ipAddressSchema.describe('The next hop.'),
    })
    .meta({ id, description });
}
