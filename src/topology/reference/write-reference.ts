/**
 * The JSON Schemas that editors read and the reference that people read, both from the zod schemas.
 * `node src/topology/reference/write-reference.ts` writes them; a test tells when they are not current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { cloudDocumentSchema, underlayDocumentSchema } from '../schema/index.ts';
import { ERROR_CODES } from './error-codes.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

type Json = z.core.JSONSchema.BaseSchema;

interface Definitions {
  readonly root: string;
  readonly all: Readonly<Record<string, Json>>;
}

/** Texts by path in the project. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    'fixtures/schema/cloud.schema.json': jsonText(cloudDocumentSchema),
    'fixtures/schema/underlay.schema.json': jsonText(underlayDocumentSchema),
    'docs/documents.md': reference(),
  };
}

/** The JSON Schema (draft 2020-12) of a document as people write it: what has a default may be left out. */
export function jsonSchemaOf(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, { io: 'input' });
}

function jsonText(schema: z.ZodType): string {
  return `${JSON.stringify(jsonSchemaOf(schema), undefined, 2)}\n`;
}

function reference(): string {
  const cloud = definitionsOf(cloudDocumentSchema);
  const underlay = definitionsOf(underlayDocumentSchema);
  const values = Object.entries({ ...underlay.all, ...cloud.all }).filter(
    ([, { type }]) => type !== 'object',
  );
  return `${[
    '<!-- Written by src/topology/reference/write-reference.ts from the schemas. Edits here are lost. -->',
    '# The documents',
    'Two YAML 1.2 (or JSON) documents say what is built: an *underlay* is the physical world of hosts, switches and cables, a *cloud* the virtual topology on it. Attributes of networks, subnets, ports, servers and so on are spelled as in the OpenStack APIs (Networking v2.0, Compute, Load Balancer v2, and LBaaS v1 in `vips`, `pools` and `health_monitors`); where the API has the id of another thing, a document has its name (`network_id`: `network`).',
    'An editor with the YAML language server completes and checks both while one types, if the first line names the schema: `# yaml-language-server: $schema=../schema/cloud.schema.json` (in `fixtures/schema`).',
    '## Cloud document',
    'A complete example, `fixtures/clouds/l2-demo.yaml`:',
    example('fixtures/clouds/l2-demo.yaml'),
    'And one with routers, floating IPs, security groups and a load balancer, `fixtures/clouds/classic-demo.yaml`:',
    example('fixtures/clouds/classic-demo.yaml'),
    tables(cloud),
    '## Underlay document',
    'A complete example, `fixtures/underlays/demo-cluster.yaml`:',
    example('fixtures/underlays/demo-cluster.yaml'),
    tables(underlay),
    '## Values',
    table(
      ['type', 'meaning', 'pattern'],
      values.map(([name, { description = '', pattern }]) => [
        `<a id="${anchor(name)}"></a>${name}`,
        description,
        pattern !== undefined && pattern.length < 80 ? `\`${pattern}\`` : '',
      ]),
    ),
    '## What is chosen',
    CHOSEN,
    '## Errors',
    'A document with mistakes is refused before anything is started, with exit code 2. Each error has the file, line and column, what was expected and, where there is one, the nearest valid name. Mistakes of shape (`ND_SCHEMA_…`) are reported together; mistakes of meaning are looked for once the shape is right, and reported together as well.',
    table(
      ['code', 'when'],
      Object.entries(ERROR_CODES).map(([code, when]) => [`\`${code}\``, when]),
    ),
  ].join('\n\n')}\n`;
}

const CHOSEN = `What a document leaves open is chosen from names alone, so that two runs are alike:

- Ids are UUIDs of version 5 over \`<cloud>/<kind>/<name>\`; a port made for a server is called \`<server>-eth<n>\`, those made for services \`<router>-<subnet>\`, \`<router>-gateway\`, \`dhcp-<network>-<n>\`, \`<loadbalancer or VIP>-vip\`, \`<floatingip>-floating\`, \`<router>-<subnet>-snat\` and \`fip-<network>-<host>\` (distributed routers) and \`<router>-ha-<host>\`.
- MAC addresses of ports are \`fa:16:3e\` and three octets derived from the port's id; those of underlay hosts begin with \`02\`.
- A port that says nothing gets an address of each IP version that its network has a subnet of: the first that is free in the allocation pools.
- Addresses that machines of the underlay have on a flat or VLAN network (upstream routers, routers between VLANs, bare metal) are not given to ports. A subnet whose gateway_ip is such an address leaves by that machine; one that is an interface of a router in \`routers\` leaves by that router.
- Ports of routers, DHCP, load balancers and floating IPs get their addresses after those of servers, so that a service that is added moves no server.
- Segmentation ids are the lowest that are free: from 1 for VXLAN and GRE, in \`network_vlan_ranges\` for VLAN.
- When the document of a running cloud is edited, what was chosen before is kept for as long as it is possible.`;

function example(file: string): string {
  return `\`\`\`yaml\n${readFileSync(`${ROOT}${file}`, 'utf8').trimEnd()}\n\`\`\``;
}

function definitionsOf(schema: z.ZodType): Definitions {
  const { $defs = {}, $ref = '' } = jsonSchemaOf(schema);
  return { root: $ref.replace('#/$defs/', ''), all: $defs };
}

/** A heading and a table for each mapping, the document first. */
function tables({ root, all }: Definitions): string {
  const mappings = Object.entries(all).filter(([, { type }]) => type === 'object');
  const sorted = mappings.toSorted(([a], [b]) => Number(b === root) - Number(a === root));
  return sorted
    .map(([name, { description = '', properties = {}, required = [] }]) =>
      [
        `### ${name}`,
        description,
        table(
          ['attribute', 'type', 'default', 'meaning'],
          Object.entries(properties).map(([key, value]) => {
            const property = typeof value === 'boolean' ? {} : value;
            const fallback = property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``;
            return [
              `\`${key}\``,
              typeText(property),
              required.includes(key) ? 'required' : fallback,
              meaning(property),
            ];
          }),
        ),
      ].join('\n\n'),
    )
    .join('\n\n');
}

function meaning({ description: text = '', minimum, maximum }: Json): string {
  const description = text.replaceAll('<', '&lt;');
  const bounded = minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  return bounded && !/\d/.test(description) ? `${description} ${minimum} to ${maximum}.` : description;
}

function typeText(value: Json | boolean): string {
  if (typeof value === 'boolean') return '';
  const { $ref, anyOf, allOf, items, additionalProperties, type } = value;
  if ($ref !== undefined) return link($ref);
  const options = anyOf ?? allOf;
  if (options !== undefined) return options.map(typeText).join(' or ');
  if (value.enum !== undefined) return value.enum.map((each) => `\`${String(each)}\``).join(', ');
  if (type === 'array') return `list of ${Array.isArray(items) ? '' : typeText(items ?? true)}`;
  if (type === 'object') return `mapping of names to ${typeText(additionalProperties ?? true)}`;
  if (type === 'integer') return 'whole number';
  if (type === 'boolean') return 'true or false';
  return type === 'string' ? 'text' : String(type);
}

function link(ref: string): string {
  const name = ref.replace('#/$defs/', '');
  return `[${name}](#${anchor(name)})`;
}

const anchor = (name: string) => name.toLowerCase();

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  for (const [file, text] of Object.entries(generatedFiles())) writeFileSync(`${ROOT}${file}`, text);
}
