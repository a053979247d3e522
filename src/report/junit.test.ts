import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadCloud } from '../topology/index.ts';
import { junitXml } from './junit.ts';
import { sampleRun } from './sample.ts';
import { anyText } from './testing/text.ts';
import { all, type Element, parseXml } from './testing/xml.ts';

const { report } = sampleRun(await loadCloud('fixtures/clouds/l2-demo.yaml'));

/** The rules of the schema that CI servers agree on (Apache Ant's, with properties of test cases). */
function schemaFaults(root: Element): string[] {
  const found: string[] = [];
  const only = (element: Element, order: readonly string[]) => {
    const places = element.children.map((child) => order.indexOf(child.name));
    if (places.includes(-1) || places.some((place, index) => place < (places[index - 1] ?? 0)))
      found.push(`children of ${element.name}: ${element.children.map((child) => child.name).join(' ')}`);
  };
  const needs = (element: Element, ...names: string[]) => {
    for (const name of names) if (!(name in element.attributes)) found.push(`${element.name} has no ${name}`);
  };
  only(root, ['testsuite']);
  for (const suite of all(root, 'testsuite')) {
    needs(suite, 'name', 'tests', 'failures', 'errors', 'time', 'timestamp', 'hostname', 'id', 'package');
    only(suite, ['properties', 'testcase']);
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(suite.attributes['timestamp'] ?? ''))
      found.push('timestamp');
    const cases = all(suite, 'testcase');
    if (String(cases.length) !== suite.attributes['tests']) found.push('number of tests');
    for (const each of cases) {
      needs(each, 'name', 'classname', 'time');
      only(each, ['properties', 'skipped', 'error', 'failure']);
      if (!/^\d+\.\d{3}$/.test(each.attributes['time'] ?? '')) found.push('time');
    }
  }
  for (const each of [...all(root, 'failure'), ...all(root, 'error')]) needs(each, 'message', 'type');
  for (const each of all(root, 'property')) needs(each, 'name', 'value');
  return found;
}

test('a run as JUnit XML', () => {
  const root = parseXml(junitXml(report));
  expect(schemaFaults(root)).toEqual([]);
  expect(root.attributes).toMatchObject({ tests: '4', failures: '1', errors: '1' });
  const [failure] = all(root, 'failure');
  expect(failure?.text).toContain('vni must be 5001, is 5002');
  expect(failure?.attributes['type']).toBe('ND_JOURNEY');
  expect(all(root, 'skipped')[0]?.attributes['message']).toBe('this kernel has no ip_gre module');
  expect(all(root, 'error')[0]?.attributes['message']).toMatch(/^inconclusive: the capture/);
  const properties = all(root, 'testcase')[0]?.children[0]?.children.map(({ attributes }) => attributes);
  expect(properties).toContainEqual({ name: 'target', value: 'ml2-ovs' });
});

test('whatever a text holds, the XML is well-formed and says it', () => {
  const [scenario] = report.scenarios;
  fc.assert(
    fc.property(anyText, anyText, (name, text) => {
      const failed = { ...scenario, name, status: 'failed' as const, error: { message: name, text } };
      const root = parseXml(
        junitXml({ ...report, scenarios: [failed as (typeof report.scenarios)[number]] }),
      );
      // What XML may hold comes through as it was.
      const through = all(root, 'failure')[0]?.text === text || !/^[\u0020-\u007e]*$/.test(text);
      expect(through).toBe(true);
      expect(schemaFaults(root)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('without an error of its own, a failed scenario says what its journeys show', () => {
  const [, failed] = report.scenarios;
  if (failed === undefined) throw new Error('the sample has one');
  const { error: _, ...silent } = failed;
  const [failure] = all(parseXml(junitXml({ ...report, scenarios: [silent] })), 'failure');
  expect(failure?.text.replaceAll(/tap[0-9a-f-]{11}/g, 'tap…')).toMatchInlineSnapshot(`
    "not as expected: echo request web1 to web2, and nobody else
    echo request web1 to web2, and nobody else: misdelivered, expected delivered
      ! wire compute1 eth1 → tor1: VNI 5002, not 5001
      ! wire tor1 swp6 → compute2: VNI 5002, not 5001
      + tap compute2 tap…: nothing explains it
      + guest db1 eth0: nothing explains it"
  `);
});

test('control characters become visible, colours go', () => {
  const failed = {
    ...report.scenarios[0],
    status: 'failed' as const,
    error: { message: 'm', text: 'a\u0000b\u001b[31mred\u001b[0m\u0007\ud800' },
  };
  const root = parseXml(junitXml({ ...report, scenarios: [failed as (typeof report.scenarios)[number]] }));
  expect(all(root, 'failure')[0]?.text).toBe('a␀bred␇\ufffd');
});
