import { frameNumbers, type RunCapture } from '../captures.ts';
import { layout } from '../graph/layout.ts';
import { drawing } from '../graph/svg.ts';
import { html, type Markup, raw, scriptJson } from '../html.ts';
import { type CloudReport, flatHops, type JourneyReport, journeysOf, type RunReport } from '../model.ts';
import { type JourneyDrawer, journeyDrawer } from '../view/draw-journey.ts';
import { journeyView, type ViewContext } from '../view/journey-view.ts';
import { FIELD_LABELS } from '../words.ts';
import { clientScript, cspHash, pageStyle } from './assets.ts';
import { iconSheet } from './icons.ts';
import { runHeader, STATIC_JOURNEYS, scenarioList, scenarioSection } from './sections.ts';

/** How many bytes of frames a page holds; those of failed journeys come first, all of them are in the pcapng. */
const FRAME_BUDGET = 60_000;

/** The page of a run: one file that needs nothing else, neither network nor script. */
export function page(report: RunReport, captures: readonly RunCapture[]): string {
  const style = pageStyle();
  const script = clientScript();
  const policy = [
    "default-src 'none'",
    `style-src ${cspHash(style)}`,
    `script-src ${cspHash(script)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const drawn = report.clouds.map((cloud) => cloudDrawing(cloud));
  const drawers = new Map(drawn.map(({ cloud, drawer }) => [cloud.id, drawer]));
  const journeys = journeysOf(report);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="referrer" content="no-referrer"/>
<title>${report.clouds[0]?.name ?? 'netdojo'} · ${report.run}</title>
<link rel="icon" href="data:,"/>
<style>${raw(style)}</style>
</head>
<body>
${iconSheet()}
<a class="skip" href="#main">To the scenarios</a>
${runHeader(report)}
<div class="columns">
${scenarioList(report)}
<main id="main" tabindex="-1">
${scenarios(report, journeys)}
${drawn.map(
  ({
    cloud,
    figure,
  }) => html`<section class="cloud" data-cloud="${cloud.id}" aria-label="Topology of ${cloud.name}"><h2>${cloud.name} <small>${cloud.target} on ${cloud.underlay} · ${cloud.counts.hosts} hosts, ${cloud.counts.networks} networks, ${cloud.counts.servers} servers</small></h2>${figure}</section>
`,
)}
${timings(report)}
</main>
</div>
${journeyData(report, captures, drawers)}
<script type="application/json" id="labels">${scriptJson(FIELD_LABELS)}</script>
<script>${raw(script)}</script>
</body>
</html>
`.text;
}

function scenarios(report: RunReport, journeys: readonly JourneyReport[]): Markup[] {
  const tables = new Set(journeys.toSorted((a, b) => Number(a.ok) - Number(b.ok)).slice(0, STATIC_JOURNEYS));
  let number = 0;
  const numbers = { next: () => number++, hasTable: (journey: JourneyReport) => tables.has(journey) };
  return report.scenarios.map((scenario, index) => scenarioSection(scenario, index, numbers));
}

function cloudDrawing(cloud: CloudReport): { cloud: CloudReport; drawer: JourneyDrawer; figure: Markup } {
  const plan = layout(cloud.topology);
  const title = `${cloud.name} on ${cloud.underlay}`;
  const figure = html`<figure class="topology" tabindex="0">${drawing(plan, title, { style: false })}</figure>`;
  return { cloud, drawer: journeyDrawer(cloud.topology, plan), figure };
}

function timings(report: RunReport): Markup | string {
  if (report.timings.length === 0) return '';
  const most = Math.max(...report.timings.map(({ ms }) => ms), 1);
  return html`<section class="timings"><h2>Time</h2><table><tbody>${report.timings.map(
    ({ name, ms }) =>
      html`<tr><th scope="row">${name}</th><td>${Math.round(ms)} ms</td><td><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${((100 * ms) / most).toFixed(1)}" height="8" rx="1"/></svg></td></tr>`,
  )}</tbody></table></section>`;
}

/** One block of JSON a journey, which the script reads only when the journey is looked at. */
function journeyData(
  report: RunReport,
  captures: readonly RunCapture[],
  drawers: ReadonlyMap<string, JourneyDrawer>,
): Markup[] {
  const frames = new Map(captures.map((capture) => [capture.id, capture.frames]));
  const numbers = frameNumbers(captures);
  const withBytes = journeysWithBytes(report, frames);
  const blocks: Markup[] = [];
  for (const scenario of report.scenarios) {
    const drawer = drawers.get(scenario.cloud ?? '');
    for (const journey of scenario.steps.flatMap((step) => step.journeys)) {
      const context: ViewContext = {
        ...(scenario.cloud !== undefined && { cloud: scenario.cloud }),
        ...(drawer !== undefined && { drawer }),
        numbers,
        frame: (capture, index) => (withBytes.has(journey) ? frames.get(capture)?.[index] : undefined),
      };
      const view = journeyView(journey, context);
      blocks.push(html`<script type="application/json" id="d${blocks.length}">${scriptJson(view)}</script>
`);
    }
  }
  return blocks;
}

function journeysWithBytes(
  report: RunReport,
  frames: ReadonlyMap<string, RunCapture['frames']>,
): ReadonlySet<JourneyReport> {
  const chosen = new Set<JourneyReport>();
  let left = FRAME_BUDGET;
  for (const journey of journeysOf(report).toSorted((a, b) => Number(a.ok) - Number(b.ok))) {
    const own = frames.get(journey.capture ?? '') ?? [];
    for (const { hop } of flatHops(journey.observed.roots))
      left -= own[hop.frames[0] ?? -1]?.bytes.length ?? 0;
    if (left < 0) break;
    chosen.add(journey);
  }
  return chosen;
}
