import { readFileSync } from 'node:fs';
import type { Topology } from '../../topology/topology.ts';
import { html, type Markup, raw } from '../html.ts';
import { layout } from './layout.ts';
import { type Box, type Layout, type Line, NETWORK_COLOURS, type XY } from './types.ts';

/** How to draw. */
export interface SvgOptions {
  /** Put the style sheet inside, so that the drawing stands alone. Default true. */
  readonly style?: boolean;
}

/** The style sheet of drawings, for light and dark. */
export function graphStyle(): string {
  return readFileSync(new URL('graph.css', import.meta.url), 'utf8');
}

/** A topology as an SVG drawing: the same bytes for the same topology. */
export function toSvg(topology: Topology, options: SvgOptions = {}): string {
  return drawing(layout(topology), `${topology.name} on ${topology.underlay.name}`, options).text;
}

/** SVG of a layout. */
export function drawing(plan: Layout, title: string, options: SvgOptions = {}): Markup {
  const width = Math.ceil(plan.width);
  const height = Math.ceil(plan.height);
  // Ways of packets run above hosts, switches and br-int, along which they are seen, and behind the small boxes.
  const ground = plan.boxes.filter((box) => box.parent === undefined);
  const bars = plan.boxes.filter((box) => box.parent !== undefined && box.id.endsWith('/br-int'));
  const small = plan.boxes.filter((box) => box.parent !== undefined && !bars.includes(box));
  const under = plan.lines.filter((line) => line.kind === 'cable' && line.over !== true);
  const over = plan.lines.filter((line) => line.kind === 'cable' && line.over === true);
  const inside = plan.lines.filter((line) => line.kind !== 'cable' && line.kind !== 'port');
  return html`<svg xmlns="http://www.w3.org/2000/svg" class="nd-graph" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">
${options.style === false ? '' : html`<style>${raw(graphStyle())}</style>\n`}<title>${title}</title>
<g class="lines">${under.map((line) => lineMarkup(line))}</g>
<g class="boxes">${ground.map((box) => boxMarkup(box))}</g>
<g class="lines">${over.map((line) => lineMarkup(line))}${inside.map((line) => lineMarkup(line))}</g>
<g class="boxes">${bars.map((box) => boxMarkup(box))}</g>
<g class="paths"></g>
<g class="boxes">${small.map((box) => boxMarkup(box))}</g>
<g class="labels">${plan.boxes.map((box) => labels(box))}</g>
<g class="badges"></g>
</svg>
`;
}

function boxMarkup(box: Box): Markup {
  const radius = {
    host: 6,
    router: 6,
    internet: 18,
    switch: 4,
    server: 5,
    namespace: 12,
    nic: 3,
    bridge: 3,
    tap: 2,
    legend: 0,
  };
  return html`<g class="box b-${box.kind}" data-box="${box.id}">${box.title === '' ? '' : html`<title>${box.title}</title>`}<rect x="${n(box.x)}" y="${n(box.y)}" width="${n(box.w)}" height="${n(box.h)}" rx="${radius[box.kind]}"/>${
    box.kind === 'host' ? html`<path class="foot" d="${footPath(box)}"/>` : ''
  }${(box.marks ?? []).map(
    (mark) =>
      html`<rect class="mark n${mark.network % NETWORK_COLOURS}" x="${n(mark.x)}" y="${n(mark.y)}" width="${n(mark.w)}" height="${n(mark.h)}" rx="1.5"/>`,
  )}</g>
`;
}

/** Texts lie above the ways of packets, which would cross them out. */
function labels(box: Box): Markup[] {
  return box.texts.map(
    (text) =>
      html`<text class="t-${text.style}" x="${n(text.x)}" y="${n(text.y)}"${text.anchor === 'start' ? '' : html` text-anchor="${text.anchor}"`}>${text.text}</text>
`,
  );
}

/** The strip at the foot of a host that carries its name. */
function footPath(box: Box): string {
  const [left, right, bottom] = [box.x + 0.5, box.x + box.w - 0.5, box.y + box.h - 0.5];
  return `M${n(left)} ${n(bottom - 27)}H${n(right)}V${n(bottom - 5.5)}Q${n(right)} ${n(bottom)} ${n(right - 5.5)} ${n(bottom)}H${n(left + 5.5)}Q${n(left)} ${n(bottom)} ${n(left)} ${n(bottom - 5.5)}Z`;
}

function lineMarkup(line: Line): Markup {
  const d = pathData(line.points);
  const classes = [
    'line',
    `l-${line.kind}`,
    line.carries === undefined ? '' : `c-${line.carries}`,
    line.network === undefined ? '' : `n${line.network % NETWORK_COLOURS}`,
  ];
  const casing = line.over === true ? html`<path class="casing" d="${d}"/>` : '';
  return html`${casing}<path class="${classes.filter(Boolean).join(' ')}" d="${d}"><title>${line.title}</title></path>
`;
}

/** A path along points; with a radius, corners are rounded. */
export function pathData(points: readonly XY[], radius = 0): string {
  let d = '';
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    const after = points[index + 1];
    if (before === undefined) d += `M${n(point[0])} ${n(point[1])}`;
    else if (after === undefined || radius === 0) d += `L${n(point[0])} ${n(point[1])}`;
    else {
      const into = towards(point, before, radius);
      const outOf = towards(point, after, radius);
      d += `L${n(into[0])} ${n(into[1])}Q${n(point[0])} ${n(point[1])} ${n(outOf[0])} ${n(outOf[1])}`;
    }
  }
  return d;
}

function towards(from: XY, to: XY, by: number): XY {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const part = length === 0 ? 0 : Math.min(by, length / 2) / length;
  return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
