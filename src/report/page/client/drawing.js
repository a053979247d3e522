/** @import { JourneyView } from '../../view/journey-view.ts' */
import { STATE_WORDS, standsFor, svg, toggleAll } from './dom.js';

const CALM = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * Draws a journey on a topology.
 * @param {SVGElement} graph
 * @param {JourneyView} view
 * @param {{ choose: (hop: number) => void, point: (hop: number) => void }} hands
 */
export function drawJourney(graph, view, hands) {
  const layer = graph.querySelector('.paths');
  const above = graph.querySelector('.badges');
  if (layer === null || above === null) return { mark: () => undefined, near: () => undefined };
  clearJourney(graph);
  /** @type {(SVGElement | undefined)[]} */
  const ways = [];
  /** @type {(SVGElement | undefined)[]} */
  const badges = [];
  const boxes = new Map(
    [...graph.querySelectorAll('.box')].map((box) => [box.getAttribute('data-box') ?? '', box]),
  );
  for (const [index, hop] of view.hops.entries()) {
    for (const id of hop.through ?? []) boxes.get(id)?.classList.add('on', `on-${hop.state}`);
    const way =
      hop.path === undefined ? undefined : svg('path', { d: hop.path, class: `way w-${hop.state}` });
    if (way !== undefined) {
      layer.append(svg('path', { d: hop.path, class: 'way-edge' }), way);
      standsFor(way, index, hands);
    }
    ways.push(way);
  }
  for (const [index, hop] of view.hops.entries()) {
    const badge = hop.at === undefined ? undefined : numbered(index, hop.state, hop.at);
    if (badge !== undefined) {
      badge.append(svg('title', {}, `Hop ${index + 1}: ${hop.kind} ${hop.place}, ${STATE_WORDS[hop.state]}`));
      standsFor(badge, index, hands);
      above.append(badge);
    }
    badges.push(badge);
  }
  const dot = svg('circle', { class: 'packet', r: 5, visibility: 'hidden' });
  above.append(dot);
  let running = 0;

  return {
    /** @param {number} hop */
    near: (hop) => {
      for (const list of [ways, badges]) toggleAll(list, 'near', (index) => index === hop);
    },
    /** @param {number} now @param {boolean} moving */
    mark: (now, moving) => {
      cancelAnimationFrame(running);
      dot.setAttribute('visibility', 'hidden');
      for (const list of [ways, badges]) toggleAll(list, 'now', (index) => index === now);
      for (const [id, box] of boxes)
        box.classList.toggle('here', view.hops[now]?.through?.includes(id) ?? false);
      const way = ways[now];
      const badge = badges[now];
      if (badge !== undefined) above.append(badge);
      if (way instanceof SVGPathElement && moving && !CALM.matches) running = travel(way, dot);
    },
  };
}

/**
 * @param {number} index
 * @param {JourneyView['hops'][number]['state']} state
 * @param {readonly [number, number]} at
 */
function numbered(index, state, [x, y]) {
  const r = index < 99 ? 8.5 : 11;
  const shape =
    state === 'different'
      ? svg('path', { d: `M${x} ${y - r - 3}L${x + r + 3} ${y}L${x} ${y + r + 3}L${x - r - 3} ${y}Z` })
      : state === 'unexplained'
        ? svg('rect', { x: x - r, y: y - r, width: 2 * r, height: 2 * r, rx: 2 })
        : svg('circle', { cx: x, cy: y, r });
  const text = svg('text', { x, y: y + 3.6, 'text-anchor': 'middle' }, index + 1);
  return svg('g', { class: `badge w-${state}` }, shape, text);
}

/**
 * A dot runs along a way once.
 * @param {SVGPathElement} way
 * @param {SVGElement} dot
 */
function travel(way, dot) {
  const length = way.getTotalLength();
  const span = Math.min(900, 250 + length);
  const start = performance.now();
  dot.setAttribute('visibility', 'visible');
  /** @param {number} time */
  const step = (time) => {
    const part = Math.min(1, Math.max(0, (time - start) / span));
    const eased = part * part * (3 - 2 * part);
    const at = way.getPointAtLength(length * eased);
    dot.setAttribute('cx', String(at.x));
    dot.setAttribute('cy', String(at.y));
    if (part < 1) frame = requestAnimationFrame(step);
    else dot.setAttribute('visibility', 'hidden');
  };
  let frame = requestAnimationFrame(step);
  return frame;
}

/**
 * Takes a journey off a topology.
 * @param {Element} graph
 */
export function clearJourney(graph) {
  for (const layer of graph.querySelectorAll('.paths, .badges')) layer.replaceChildren();
  for (const box of graph.querySelectorAll('.box.on'))
    box.classList.remove('on', 'here', 'on-same', 'on-different', 'on-unexplained', 'on-unasked');
}
