import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Script } from 'node:vm';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadCloud } from '../../topology/index.ts';
import { escapeMarkup, html, scriptJson } from '../html.ts';
import type { JourneyReport, RunReport, ScenarioReport } from '../model.ts';
import { sampleRun } from '../sample.ts';
import { anyText } from '../testing/text.ts';
import type { JourneyView } from '../view/journey-view.ts';
import { clientScript, cspHash, pageStyle } from './assets.ts';
import { page } from './page.ts';

const { report, captures } = sampleRun(await loadCloud('fixtures/clouds/l2-demo.yaml'));
const text = page(report, captures);

function views(source: string): JourneyView[] {
  return [...source.matchAll(/<script type="application\/json" id="d\d+">(.*?)<\/script>/g)].map(
    ([, json]) => JSON.parse(json ?? '') as JourneyView,
  );
}

test('needs nothing from elsewhere, and forbids it', () => {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/
    .exec(text)?.[1]
    ?.replaceAll('&#39;', "'");
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain(`script-src ${cspHash(clientScript())}`);
  expect(policy).toContain(`style-src ${cspHash(pageStyle())}`);
  expect(/(?:src|href)="(?:https?:)?\/\//.test(text)).toBe(false);
  expect(/url\(|@import|@font-face/.test(text)).toBe(false);
  expect(/\sstyle="|\son\w+="/.test(text)).toBe(false);
});

test('tells what a scenario is about and what it found out before the packets that show it', () => {
  const [scenario, ...others] = report.scenarios;
  if (!scenario) throw new Error('no scenario');
  const findings = [
    { text: 'web1 has its answer', status: 'passed' },
    { text: '<b>700 ms</b> without an answer', status: 'failed' },
  ] as const;
  const told = { ...scenario, about: 'Two servers talk.', findings };
  const markup = page({ ...report, scenarios: [told, ...others] }, captures);
  const section = markup.slice(markup.indexOf('<section class="scenario s-passed"'));
  const steps = section.indexOf('<ol class="steps">');
  for (const part of ['Two servers talk.', 'web1 has its answer', '&lt;b&gt;700 ms&lt;/b&gt; without']) {
    expect(section).toContain(part);
    expect(section.indexOf(part)).toBeLessThan(steps);
  }
});

test('says without scripts what failed and why, first of all', () => {
  const markup = text.replaceAll(/<script.*?<\/script>/gs, '');
  expect(markup.includes('1 of 4 scenarios failed')).toBe(true);
  const failed = markup.slice(markup.indexOf('<section class="scenario s-failed"'));
  expect(failed.indexOf('vni must be 5001, is 5002')).toBeLessThan(failed.indexOf('<ol class="steps">'));
  expect(failed.includes('<details class="plain" open>')).toBe(true);
  expect(markup.includes('this kernel has no ip_gre module')).toBe(true);
  expect(markup.includes('class="nd-graph"')).toBe(true);
});

test('holds each journey with its way on the drawing, its headers and its bytes', () => {
  const request = views(text).find((view) => view.title === 'echo request web1 to web2');
  expect(request?.hops.map((hop) => `${hop.kind} ${hop.place}`)).toEqual([
    'guest web1 eth0',
    expect.stringMatching(/^tap compute1 tap/) as string,
    'wire compute1 eth1 → tor1',
    'wire tor1 swp6 → compute2',
    expect.stringMatching(/^tap compute2 tap/) as string,
    'guest web2 eth0',
  ]);
  const wire = request?.hops[2];
  expect(wire?.changes?.[0]).toEqual({
    kind: 'add',
    text: '+vxlan vni 5001',
    more: '172.31.1.11 to 172.31.1.12',
  });
  expect(wire?.path).toMatch(/^M[\d.]+ [\d.]+L/);
  expect(wire?.numbers).toHaveLength(2);
  const frame = request?.frames[wire?.frame ?? -1];
  const vni = frame?.layers
    .find((layer) => layer.protocol === 'vxlan')
    ?.fields.find(([name]) => name === 'vni');
  expect(vni?.[1]).toBe('5001');
  const [, , offset = 0, length = 0] = vni ?? [];
  expect(Number.parseInt(frame?.hex.slice(2 * offset, 2 * (offset + length)) ?? '', 16)).toBe(5001);
  // The same bytes at guest and tap are held once.
  expect(request?.frames).toHaveLength(2);
});

test('marks what differs and the copies that nothing explains', () => {
  const leak = views(text).find((view) => !view.ok);
  expect(leak?.hops.map((hop) => hop.state)).toEqual([
    'same',
    'same',
    'different',
    'different',
    'same',
    'same',
    'unexplained',
    'unexplained',
  ]);
  expect(leak?.first).toBe(2);
  expect(leak?.rows[leak.hops[2]?.row ?? -1]?.differences).toEqual([
    { field: 'tunnel.id', expected: '5001', observed: '5002' },
  ]);
});

const HOSTILE = `</script><img src=x onerror=alert(1)>"'><svg onload=alert(1)>\u0000\u2028`;

test('nothing that a user writes becomes markup', () => {
  const poison = (value: unknown): unknown => {
    if (typeof value === 'string') return value + HOSTILE;
    if (Array.isArray(value)) return value.map(poison);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, poison(item)]));
  };
  const scenarios = report.scenarios.map((scenario) => ({
    ...(poison(scenario) as ScenarioReport),
    status: scenario.status,
  }));
  const poisoned: RunReport = {
    ...report,
    run: HOSTILE,
    engine: HOSTILE,
    environment: { [HOSTILE]: HOSTILE },
    timings: [{ name: HOSTILE, ms: 1 }],
    clouds: report.clouds.map((cloud) => ({
      ...cloud,
      id: `l2-demo${HOSTILE}`,
      name: HOSTILE,
      target: HOSTILE,
    })),
    scenarios,
  };
  const source = page(poisoned, captures);
  expect(source.includes('<img')).toBe(false);
  expect(source.includes('<svg onload')).toBe(false);
  expect(source.includes('\u0000')).toBe(false);
  expect(source.match(/<script/g)).toHaveLength(source.match(/<\/script>/g)?.length ?? 0);
  expect(views(source)).toHaveLength(5);
});

test('escaping keeps every text', () => {
  fc.assert(
    fc.property(anyText, (value) => {
      const json = scriptJson({ value }).text;
      expect(/[<>"']/.test(escapeMarkup(value))).toBe(false);
      expect(html`<p title="${value}">${value}</p>`.text.split(/[<>]/)).toHaveLength(5);
      expect(/<|\u2028|\u2029/.test(json)).toBe(false);
      expect((JSON.parse(json) as { value: string }).value).toBe(value);
    }),
  );
});

test('the script is one, complete, and checked', async () => {
  expect(() => new Script(clientScript())).not.toThrow();
  expect(/^(?:import|export) |innerHTML|insertAdjacentHTML|\beval\b/m.test(clientScript())).toBe(false);
  await promisify(execFile)('node_modules/.bin/tsc', ['-p', 'src/report/page', '--pretty', 'false']);
});

test('a run of 2000 journeys stays small enough, and failed ones have their bytes', () => {
  const [ok, failed] = [report.scenarios[0], report.scenarios[1]];
  const request = ok?.steps[1]?.journeys[0];
  if (ok === undefined || failed === undefined || request === undefined)
    throw new Error('the sample has them');
  const journeys: JourneyReport[] = Array.from({ length: 2000 }, (_, index) => ({
    ...request,
    title: `ping ${index}`,
  }));
  const many = { ...report, scenarios: [{ ...ok, steps: [{ title: 'all to all', journeys }] }, failed] };
  const source = page(many, captures);
  expect(source.length).toBeLessThan(12_000_000);
  expect(views(source).at(-1)?.frames.length).toBeGreaterThan(0);
  expect(source.match(/<details class="plain"/g)).toHaveLength(100);
});
