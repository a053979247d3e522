/**
 * @import { JourneyView } from '../../view/journey-view.ts'
 * @typedef {JourneyView['hops'][number]} HopView
 */

/** @typedef {string | number | Node | null | undefined | false} Child */

/** The shapes of paths and numbers say what a colour says. */
export const STATE_WORDS = {
  same: 'as expected',
  different: 'not as expected',
  unexplained: 'nothing expected it',
  unasked: 'observed',
};

/**
 * An HTML element. Text only ever becomes text nodes, never markup.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | undefined>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * An SVG element.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | undefined>} [attributes]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/**
 * @template {Element} T
 * @param {T} element
 * @param {Record<string, string | number | boolean | undefined>} attributes
 * @param {readonly Child[]} children
 * @returns {T}
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/**
 * An element that stands for a hop: chosen by a click, shown everywhere else while the pointer is on it.
 * @param {Element} element
 * @param {number} hop
 * @param {{ choose: (hop: number) => void, point: (hop: number) => void }} hands
 */
export function standsFor(element, hop, hands) {
  element.addEventListener('click', () => hands.choose(hop));
  element.addEventListener('pointerenter', () => hands.point(hop));
  element.addEventListener('pointerleave', () => hands.point(-1));
}

/**
 * Which of many elements has a class.
 * @param {readonly (Element | undefined)[]} elements
 * @param {string} name
 * @param {(index: number) => boolean} test
 */
export function toggleAll(elements, name, test) {
  for (const [index, element] of elements.entries()) element?.classList.toggle(name, test(index));
}

/**
 * A sign from the page's sheet.
 * @param {'passed' | 'failed' | 'inconclusive' | 'skipped'} status
 * @param {string} [word]
 */
export function sign(status, word) {
  const label = word === undefined ? { 'aria-hidden': 'true' } : { role: 'img', 'aria-label': word };
  return svg('svg', { class: 'icon', ...label }, svg('use', { href: `#i-${status}` }));
}

/**
 * Nanoseconds for people.
 * @param {number} ns
 */
export function timeText(ns) {
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(2)} ms`;
  return `${(ns / 1e9).toFixed(2)} s`;
}

/**
 * What changed at a hop, as small labels.
 * @param {JourneyView} view
 * @param {HopView} hop
 */
export function chips(view, hop) {
  const list = el('span', { class: 'chips' });
  for (const change of hop.changes ?? []) {
    list.append(el('span', { class: `chip c-${change.kind}` }, change.text));
    if (change.more !== undefined) list.append(el('span', { class: 'more' }, change.more));
  }
  if (hop.lost) list.append(el('span', { class: 'chip c-bad' }, 'lost on the way'));
  if (hop.more !== undefined) list.append(el('span', { class: 'chip c-bad' }, `loops on, ${hop.more} more`));
  if (hop.state === 'unexplained') list.append(el('span', { class: 'chip c-bad' }, 'unexplained copy'));
  for (const { field, expected } of view.rows[hop.row ?? -1]?.differences ?? [])
    list.append(el('span', { class: 'chip c-bad' }, `${labelOf(view, field)} should be ${expected}`));
  return list;
}

/** @type {Record<string, string> | undefined} */
let labels;

/**
 * What a header field is called; a tunnel's number by the type of the tunnel.
 * @param {JourneyView} view
 * @param {string} field
 */
export function labelOf(view, field) {
  const gre = view.hops.some((hop) =>
    hop.fields.some(([name, value]) => name === 'tunnel.type' && value === 'gre'),
  );
  return gre && field === 'tunnel.id' ? 'GRE key' : (allLabels()[field] ?? field);
}

function allLabels() {
  labels ??= /** @type {Record<string, string>} */ (
    JSON.parse(document.getElementById('labels')?.textContent ?? '{}')
  );
  return labels;
}

/**
 * All header fields at a hop with their values, in the order in which they are shown.
 * @param {JourneyView} view
 * @param {number} index
 * @returns {Map<string, string>}
 */
export function fieldsAt(view, index) {
  /** @type {HopView[]} */
  const way = [];
  for (let hop = view.hops[index]; hop !== undefined; hop = view.hops[hop.parent]) way.unshift(hop);
  /** @type {Map<string, string>} */
  const values = new Map();
  for (const hop of way) {
    for (const field of hop.gone ?? []) values.delete(field);
    for (const [field, value] of hop.fields) values.set(field, value);
  }
  const order = Object.keys(allLabels());
  return new Map([...values].toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
}
