/** Files of every kind, and the promise that whatever is in them, a user reads an error that was written for one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { DocumentErrors, errorsOf, loadCloud, loadUnderlay, shippedUnderlays, toYaml } from '../index.ts';
import { cloudDocuments } from '../testing/cloud-documents.ts';
import { cloudError, cloudWith, errorText } from '../testing/errors.ts';
import { mutated } from '../testing/mutated.ts';
import { underlayDocuments } from '../testing/underlay-documents.ts';

const directory = mkdtempSync(join(tmpdir(), 'netdojo-topology-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Text of the error that a file gives, with the directory left out. */
async function fileError(name: string, content?: string | Uint8Array): Promise<string> {
  const file = join(directory, name);
  if (content !== undefined) writeFileSync(file, content);
  const text = await errorText(loadCloud(file));
  return text.replaceAll(`${directory}/`, '').replaceAll(directory, '.');
}

test('a file that does not exist', async () => {
  expect(await fileError('nowhere.yaml')).toMatchInlineSnapshot(`
    "ND_DOCUMENT_NOT_FOUND: the document nowhere.yaml does not exist
      expected: a YAML or JSON file"
  `);
});

test('a file below a file', async () => {
  await fileError('plain.yaml', '');
  expect(await fileError('plain.yaml/cloud.yaml')).toMatchInlineSnapshot(`
    "ND_DOCUMENT_NOT_FOUND: the document plain.yaml/cloud.yaml does not exist
      expected: a YAML or JSON file"
  `);
});

test('a directory', async () => {
  expect(await fileError('')).toMatchInlineSnapshot(`
    "ND_DOCUMENT_DIRECTORY: the document . is a directory
      expected: a YAML or JSON file"
  `);
});

test('a file that cannot be opened', async () => {
  const text = await fileError('x'.repeat(300));
  expect(text.replaceAll(/x{300}|'[^']*'/g, 'x')).toMatchInlineSnapshot(`
    "ND_DOCUMENT_UNREADABLE: the document x cannot be read
      expected: a YAML or JSON file
      because: ENAMETOOLONG: name too long, stat x"
  `);
});

test('a device without end', async () => {
  expect(await errorText(loadCloud('/dev/zero'))).toMatchInlineSnapshot(`
    "ND_DOCUMENT_TOO_LARGE: the document /dev/zero is too large
      expected: at most 1 MiB"
  `);
});

test('a file of 10 MB', async () => {
  writeFileSync(join(directory, 'large.yaml'), Buffer.alloc(10_000_000, 'a: b\n'));
  expect(await fileError('large.yaml')).toMatchInlineSnapshot(`
    "ND_DOCUMENT_TOO_LARGE: the document large.yaml is too large (9.5 MiB)
      expected: at most 1 MiB"
  `);
});

test('a text of more than 1 MiB', async () => {
  expect(await cloudError('é'.repeat(600_000))).toMatchInlineSnapshot(`
    "ND_DOCUMENT_TOO_LARGE: the document cloud.yaml is too large
      expected: at most 1 MiB"
  `);
});

test('bytes that are not UTF-8', async () => {
  expect(
    await fileError('latin1.yaml', Buffer.from('cloud: test\n# été\nx: café\n', 'latin1')),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT_ENCODING: the document is not UTF-8 text
      at latin1.yaml:2:4
      expected: UTF-8
      try: iconv -f latin1 -t utf-8 latin1.yaml"
  `);
});

test('aliases that multiply', async () => {
  const levels = Array.from(
    { length: 20 },
    (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join()}]`,
  );
  expect(await cloudError(`a0: &a0 [x]\n${levels.join('\n')}`)).toMatchInlineSnapshot(`
    "ND_YAML_ALIAS: the aliases of the document multiply
      at cloud.yaml:1:1
      expected: aliases that stand for less"
  `);
});

test('many aliases', async () => {
  expect(await cloudError(`a: &a x\nb: [${'*a, '.repeat(1000)}]`)).toMatchInlineSnapshot(`
    "ND_YAML_ALIAS: the document has too many aliases
      at cloud.yaml:2:2005
      expected: at most 500"
  `);
});

// A quadratic check would not end within the test's deadline.
test('many keys in one mapping', async () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `k${i}: x`);
  expect(await cloudError(lines.join('\n'))).toContain('and 4982 more');
});

test('anchors and aliases', async () => {
  const text = cloudWith({
    servers: 'servers:\n  web1: &web { host: compute1, networks: [red] }\n  web2: *web',
  });
  expect(Object.keys((await loadCloud({ text, file: 'cloud.yaml' })).servers)).toEqual(['web1', 'web2']);
});

test('JSON', async () => {
  const text = '{"cloud": "test", "underlay": "demo-cluster",\n"networks": {"red": {"mtu": 9000}}}';
  expect(await cloudError(text)).toMatchInlineSnapshot(`
    "ND_MTU_TOO_LARGE: the MTU 9000 of network "red" (vxlan) is more than the underlay carries
      at cloud.yaml:2:29
      expected: at most 1450 (1500 less 50 of VXLAN)
      try: mtu: 1450"
  `);
});

test('errors of the cloud and of its underlay, in the order of the files', async () => {
  const underlay = 'underlay: own\nnetworks: { net: { type: tunel } }\nhosts: {}\n';
  writeFileSync(join(directory, 'own.yaml'), underlay);
  expect(
    await fileError(
      'cloud.yaml',
      'cloud: test\nunderlay: ./own.yaml\nnetworks: { red: { mtu: 1 } }\nrouter: {}\n',
    ),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 3 errors in cloud.yaml and own.yaml
      ND_SCHEMA_VALUE: network "red": mtu is 1
        at cloud.yaml:3:25
        expected: at least 576
      ND_SCHEMA_KEY: unknown key "router"
        at cloud.yaml:4:1
        expected: one of cloud, description, underlay, options, projects, networks, subnets, ports, servers, routers, floatingips, security_groups, … (29 in all)
        try: routers
      ND_SCHEMA_VALUE: network "net": type is "tunel"
        at own.yaml:2:26
        expected: one of management, tunnel, vlan, external, internet
        try: tunnel"
  `);
});

test('an underlay that is no underlay', async () => {
  expect(await fileError('self.yaml', 'cloud: test\nunderlay: ./self.yaml\n')).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 4 errors in self.yaml
      ND_SCHEMA_MISSING: the document has no "networks"
        at self.yaml:1:1
        expected: networks: Networks of the physical world, by name.
      ND_SCHEMA_MISSING: the document has no "hosts"
        at self.yaml:1:1
        expected: hosts: Hosts and switches, by name.
      ND_SCHEMA_KEY: unknown key "cloud"
        at self.yaml:1:1
        expected: one of underlay, description, networks, hosts
      ND_SCHEMA_VALUE: underlay is "./self.yaml"
        at self.yaml:2:11
        expected: a name: a letter, then letters, digits, "-", "_" or ".", at most 63 characters"
  `);
});

test('more than twenty errors', async () => {
  const lines = Array.from({ length: 23 }, (_, i) => `  n${i}: { mtu: 1 }`).join('\n');
  const error = await loadCloud({
    text: `cloud: test\nunderlay: demo-cluster\nnetworks:\n${lines}\n`,
    file: 'c',
  }).catch((thrown: unknown) => thrown);
  if (!(error instanceof DocumentErrors)) throw new TypeError('expected DocumentErrors');
  expect(error.exitCode).toBe(EXIT.usage);
  expect(error.errors.map(({ place }) => place && 'line' in place && place.line)).toEqual(
    lines.split('\n').map((_, i) => i + 4),
  );
  expect(error.message.split('\n').at(0)).toBe('23 errors in c');
  expect(error.message.split('\n').at(-1)).toBe('and 3 more');
});

test('the underlays that are shipped', async () => {
  expect(shippedUnderlays()).toEqual([
    'demo-cluster',
    'neutron-distributed',
    'neutron-redundant',
    'neutron-reference',
    'provider-cluster',
    'two-racks',
  ]);
  for (const name of shippedUnderlays()) expect((await loadUnderlay(name)).name).toBe(name);
  expect(await errorText(loadUnderlay('demo'))).toMatchInlineSnapshot(`
    "ND_UNDERLAY_UNKNOWN: there is no underlay "demo"
      expected: one of demo-cluster, neutron-distributed, neutron-redundant, neutron-reference, provider-cluster, two-racks, or a path such as ./demo.yaml"
  `);
});

/** True for a success and for an error that was meant for a user. */
async function isAnswered(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (!(error instanceof NetdojoError)) throw error;
    return error.exitCode === EXIT.usage && errorsOf(error).every(({ code }) => code.startsWith('ND_'));
  }
}

const valid = toYaml({
  cloud: 'test',
  underlay: 'demo-cluster',
  networks: { red: { mtu: 1400 } },
  subnets: { v4: { network: 'red', cidr: '10.0.0.0/24' } },
  servers: { web1: { host: 'compute1', networks: [{ network: 'red', fixed_ip: '10.0.0.9' }] } },
});
const noise = fc.oneof(
  fc.string(),
  fc.constantFrom(
    ...Array.from('[]{}:,-?&*!|>\'"%@`#\n\t '),
    '<<: *a',
    '&a ',
    '!!str ',
    '---\n',
    '\u0000',
    '\uFEFF',
  ),
);

test('any text gives a topology or an error for users', async () => {
  const texts = fc.array(noise, { maxLength: 30 }).map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      expect(await isAnswered(loadCloud({ text, file: 'c' }))).toBe(true);
    }),
  );
});

test('YAML with noise in it gives a topology or an error for users', async () => {
  const texts = fc
    .tuple(fc.nat(valid.length), fc.nat(8), noise)
    .map(([at, length, text]) => valid.slice(0, at) + text + valid.slice(at + length));
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      expect(await isAnswered(loadCloud({ text, file: 'c' }))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('documents of any shape and meaning give a topology or an error for users', async () => {
  const texts = fc.oneof(cloudDocuments, mutated(cloudDocuments)).map((document) => JSON.stringify(document));
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      expect(await isAnswered(loadCloud({ text, file: 'c' }))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('underlays of any shape and meaning give an underlay or an error for users', async () => {
  const texts = fc
    .oneof(underlayDocuments, mutated(underlayDocuments))
    .map((document) => JSON.stringify(document));
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      expect(await isAnswered(loadUnderlay({ text, file: 'u' }))).toBe(true);
    }),
    { numRuns: 50 },
  );
});
