import { failureOf } from './failure.ts';
import { escapeMarkup } from './html.ts';
import { journeysOf, type RunReport, type ScenarioReport, statusCounts } from './model.ts';

/**
 * The run as JUnit XML: a suite for each scenario file, a test case for each scenario. What could not be decided is an
 * `error`, so that no CI system takes it for green.
 */
export function junitXml(report: RunReport): string {
  const files = [...new Set(report.scenarios.map((scenario) => scenario.file))];
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="netdojo ${escapeMarkup(report.run)}"${sums(report.scenarios)}>`,
  ];
  for (const [index, file] of files.entries()) {
    const scenarios = report.scenarios.filter((scenario) => scenario.file === file);
    const suite = [
      ` name="${escapeMarkup(file)}" id="${index}" package="netdojo" hostname="localhost"`,
      ` timestamp="${escapeMarkup(report.started.replace(/(\.\d+)?Z?$/, ''))}"${sums(scenarios)} skipped="${statusCounts(scenarios).skipped}"`,
    ];
    lines.push(`  <testsuite${suite.join('')}>`);
    lines.push(...properties(runProperties(report), '    '));
    for (const scenario of scenarios) lines.push(...testCase(report, scenario));
    lines.push('  </testsuite>');
  }
  lines.push('</testsuites>', '');
  return lines.join('\n');
}

function sums(scenarios: readonly ScenarioReport[]): string {
  const counts = statusCounts(scenarios);
  const time = scenarios.reduce((sum, scenario) => sum + scenario.durationMs, 0);
  return ` tests="${scenarios.length}" failures="${counts.failed}" errors="${counts.inconclusive}" time="${seconds(time)}"`;
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(3);
}

type Properties = readonly (readonly [name: string, value: string])[];

function runProperties(report: RunReport): Properties {
  return [
    ['run', report.run],
    ['engine', report.engine],
    ...Object.entries(report.environment),
    ...report.timings.map(({ name, ms }) => [`time: ${name}`, `${Math.round(ms)} ms`] as const),
  ];
}

function testCase(report: RunReport, scenario: ScenarioReport): string[] {
  const classname = scenario.file.replace(/\.scenario\.[cm]?[jt]s$/, '').replaceAll(/[\\/]/g, '.');
  const cloud = report.clouds.find((each) => each.id === scenario.cloud);
  const journeys = journeysOf({ ...report, scenarios: [scenario] });
  const lines = [
    `    <testcase name="${escapeMarkup(scenario.name)}" classname="${escapeMarkup(classname)}" time="${seconds(scenario.durationMs)}">`,
  ];
  lines.push(
    ...properties(
      [
        ['status', scenario.status],
        ['capability', scenario.capability],
        ...(scenario.pattern === undefined ? [] : [['pattern', scenario.pattern] as const]),
        ...(cloud === undefined ? [] : [['cloud', cloud.name] as const, ['target', cloud.target] as const]),
        ['journeys', String(journeys.length)],
        ['journeys failed', String(journeys.filter((journey) => !journey.ok).length)],
        ['file', scenario.file],
        ...(scenario.findings ?? []).map(({ text, status }) => [`finding, ${status}`, text] as const),
      ],
      '      ',
    ),
  );
  const reason = scenario.reason ?? '';
  if (scenario.status === 'failed') {
    const { message, text, code = 'failed' } = failureOf(scenario) ?? { message: 'failed', text: 'failed' };
    lines.push(
      `      <failure message="${escapeMarkup(message)}" type="${escapeMarkup(code)}">${escapeMarkup(text)}</failure>`,
    );
  } else if (scenario.status === 'inconclusive') {
    const text = scenario.error?.text ?? reason;
    lines.push(
      `      <error message="${escapeMarkup(`inconclusive: ${reason}`)}" type="inconclusive">${escapeMarkup(text)}</error>`,
    );
  } else if (scenario.status === 'skipped') lines.push(`      <skipped message="${escapeMarkup(reason)}"/>`);
  return [...lines, '    </testcase>'];
}

function properties(entries: Properties, indent: string): string[] {
  return [
    `${indent}<properties>`,
    ...entries.map(
      ([name, value]) => `${indent}  <property name="${escapeMarkup(name)}" value="${escapeMarkup(value)}"/>`,
    ),
    `${indent}</properties>`,
  ];
}
