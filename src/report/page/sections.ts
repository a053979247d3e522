import { failureOf } from '../failure.ts';
import { html, type Markup } from '../html.ts';
import type { ComparisonRow, JourneyReport, RunReport, ScenarioReport, ScenarioStatus } from '../model.ts';
import { runStatus, scenarioStatuses, statusCounts } from '../model.ts';
import { icon } from './icons.ts';

/** Journeys that the page shows as plain tables where scripts do not run; failed ones come first. */
export const STATIC_JOURNEYS = 100;

const HEADLINES: Readonly<Record<ScenarioStatus, (count: number, all: number) => string>> = {
  failed: (count, all) => `${count} of ${all} scenarios failed`,
  inconclusive: (count, all) => `${count} of ${all} scenarios could not be decided`,
  passed: (count, all) =>
    count === all ? `All ${all} scenarios passed` : `${count} of ${all} scenarios passed`,
  skipped: () => 'Nothing ran',
};

/** The top of the page: which run, how it ended, on what. */
export function runHeader(report: RunReport): Markup {
  const status = runStatus(report.scenarios);
  const counts = statusCounts(report.scenarios);
  const all = report.scenarios.length;
  const clouds = unique(report.clouds.map((cloud) => cloud.name));
  const shown = clouds.length > 3 ? `${clouds.length} clouds` : clouds.join(', ') || 'no cloud';
  const facts: [string, string][] = [
    ['Target', unique(report.clouds.map((cloud) => cloud.target)).join(', ') || 'none'],
    ['Underlay', unique(report.clouds.map((cloud) => cloud.underlay)).join(', ') || 'none'],
    ['Started', `${report.started.slice(0, 10)} ${report.started.slice(11, 19)} UTC`],
    ['Took', durationText(Date.parse(report.ended) - Date.parse(report.started))],
    ['Engine', report.engine],
    ...Object.entries(report.environment),
  ];
  return html`<header class="run">
<div class="brand"><svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><path d="M4 6h7v6h9v6h-7" fill="none" stroke="currentColor" stroke-width="2"/><circle cx="4" cy="6" r="3"/><circle cx="20" cy="12" r="0"/><circle cx="13" cy="18" r="3"/></svg><span>netdojo</span><span class="runid">${report.run}</span></div>
<div class="headline"><h1>${shown}</h1>
<p class="verdict s-${status}">${icon(status)} ${HEADLINES[status](counts[status], all)}</p></div>
<ul class="counts">${scenarioStatuses.map((each) => (counts[each] === 0 ? '' : html`<li class="s-${each}">${icon(each)} <b>${counts[each]}</b> ${each}</li>`))}</ul>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>`;
}

/** The list of scenarios beside everything else. */
export function scenarioList(report: RunReport): Markup {
  return html`<nav class="scenarios" aria-label="Scenarios"><div class="filter" hidden><label for="filter">Filter scenarios</label><input id="filter" type="search" placeholder="Filter, such as: failed vxlan" autocomplete="off" spellcheck="false"/></div>
<ol>${report.scenarios.map(
    (
      scenario,
      index,
    ) => html`<li><a href="#s${index}" class="s-${scenario.status}" data-text="${`${scenario.name} ${scenario.capability} ${scenario.status}`.toLowerCase()}">${icon(scenario.status)}<span>${scenario.name}</span><small>${scenario.status === 'skipped' ? '' : durationText(scenario.durationMs)}</small></a></li>
`,
  )}</ol>
<p class="files">This bundle: <a href="packets.pcapng">packets.pcapng</a> <a href="run.json">run.json</a> <a href="junit.xml">junit.xml</a></p></nav>`;
}

/** Hands out the numbers of journeys and decides which have a plain table. */
export interface JourneyNumbers {
  next(): number;
  hasTable(journey: JourneyReport): boolean;
}

/** One scenario: why it failed first, then its steps with their journeys. */
export function scenarioSection(scenario: ScenarioReport, index: number, numbers: JourneyNumbers): Markup {
  const { status, reason } = scenario;
  const error = failureOf(scenario);
  return html`<section class="scenario s-${status}" id="s${index}" aria-labelledby="s${index}-name">
<header><p class="status">${icon(status)} ${status}${reason === undefined ? '' : html`<span class="reason">: ${reason}</span>`}</p>
<h2 id="s${index}-name">${scenario.name}</h2>
<p class="where"><code>${scenario.file}</code><span>${scenario.capability}</span>${status === 'skipped' ? '' : html`<span>${durationText(scenario.durationMs)}</span>`}</p></header>
${scenario.about === undefined ? '' : html`<p class="about">${scenario.about}</p>`}
${findingList(scenario)}
${error === undefined ? '' : failure(error.message, error.text, error.code)}
${
  scenario.steps.length === 0
    ? ''
    : html`<ol class="steps">${scenario.steps.map(
        (step) =>
          html`<li><h3>${step.title}</h3><ul class="journeys">${step.journeys.map((journey) => journeyItem(journey, numbers))}</ul></li>`,
      )}</ol>`
}
</section>
`;
}

/** What was found out, before the packets that show it. */
function findingList({ findings = [] }: ScenarioReport): Markup | '' {
  if (findings.length === 0) return '';
  return html`<ul class="findings" aria-label="Findings">${findings.map(
    ({ text, status }) => html`<li class="s-${status}">${icon(status)}<span>${text}</span></li>`,
  )}</ul>`;
}

function failure(message: string, text: string, code: string | undefined): Markup {
  const body = text.startsWith(message) ? text.slice(message.length).replace(/^\n+/, '') : text;
  return html`<div class="failure" role="note" aria-label="Failure"><p><strong>${message}</strong>${code === undefined ? '' : html` <code>${code}</code>`}</p>${
    body === '' ? '' : html`<pre tabindex="0">${body.split('\n').map((line) => failureLine(line))}</pre>`
  }</div>`;
}

/** Lines that a comparison marks stand out. */
function failureLine(line: string): Markup {
  const kind = /^\s*[!-] /.test(line)
    ? 'differs'
    : /^\s*\+ /.test(line)
      ? 'stray'
      : /^\s*[▶>✗] ?/.test(line)
        ? 'differs'
        : '';
  return kind === '' ? html`${line}\n` : html`<span class="${kind}">${line}</span>\n`;
}

function journeyItem(journey: JourneyReport, numbers: JourneyNumbers): Markup {
  const number = numbers.next();
  const status = journey.ok ? 'passed' : journey.verdict === 'inconclusive' ? 'inconclusive' : 'failed';
  return html`<li><a class="journey s-${status}" id="j${number}" href="#j${number}" data-journey="${number}">${icon(status, journey.ok ? 'as expected' : 'not as expected')}<span class="title">${journey.title}</span>${
    journey.observed.packet === journey.title ? '' : html`<code>${journey.observed.packet}</code>`
  }<span class="fate">${journey.verdict}</span></a>${
    numbers.hasTable(journey) ? plainTable(journey.comparison.rows, journey.ok) : ''
  }</li>
`;
}

const STATES: Readonly<Record<ComparisonRow['state'], string>> = {
  same: 'as expected',
  different: 'different',
  missing: 'missing',
  unexplained: 'unexplained',
  elsewhere: 'another way',
};

/** What readers without scripts get of a journey. */
function plainTable(rows: readonly ComparisonRow[], ok: boolean): Markup {
  return html`<details class="plain"${ok ? '' : html` open`}><summary>Expected and observed</summary><table><thead><tr><th>Expected</th><th>Observed</th><th></th></tr></thead><tbody>${rows.map(
    (row) =>
      html`<tr class="r-${row.state}"><td>${row.expected}<br/>${row.expectedWear}</td><td>${row.observed}<br/>${row.observedWear}${row.differences.map(({ field, expected, observed }) => html`<br/>${field} ${observed}, not ${expected}`)}</td><td>${STATES[row.state]}</td></tr>`,
  )}</tbody></table></details>`;
}

/** `412 ms`, `7.4 s`, `3 min 20 s`. */
function durationText(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return 'unknown';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
