/**
 * @import { JourneyView } from '../../view/journey-view.ts'
 * @typedef {JourneyView['hops'][number]} HopView
 * @typedef {JourneyView['frames'][number]} FrameView
 */
import { el, fieldsAt, labelOf, STATE_WORDS } from './dom.js';

/** Bytes shown at first; a jumbo frame needs a wish. */
const BYTES = 512;

/**
 * The headers of one hop in words, what the bridges did, and its bytes.
 * @param {JourneyView} view
 * @param {number} index
 */
export function inspect(view, index) {
  const hop = view.hops[index];
  if (hop === undefined) return el('div', { class: 'inspector' });
  const frame = hop.frame === undefined ? undefined : view.frames[hop.frame];
  const box = el('div', { class: 'inspector' }, words(view, hop, index));
  const right = el('div', { class: 'bytes-side' });
  if (frame !== undefined) right.append(...bytes(frame));
  if (hop.numbers.length > 0) right.append(numbersLine(hop, frame !== undefined));
  if (hop.bridges !== undefined && hop.bridges.length > 0) right.append(bridges(hop.bridges));
  if (hop.kernel !== undefined && hop.kernel.length > 0) right.append(kernel(hop.kernel));
  if (right.childNodes.length > 0) box.append(right);
  return box;
}

/**
 * @param {JourneyView} view
 * @param {HopView} hop
 * @param {number} index
 */
function words(view, hop, index) {
  const body = el('tbody');
  const row = view.rows[hop.row ?? -1];
  const before = hop.parent < 0 ? undefined : fieldsAt(view, hop.parent);
  const wrong = new Map(
    (row?.differences ?? []).map((difference) => [difference.field, difference.expected]),
  );
  for (const [field, value] of fieldsAt(view, index)) {
    const expected = wrong.get(field);
    const was = before?.get(field);
    const changed = before !== undefined && was !== value;
    const cell = el('td', {}, el('code', {}, value));
    if (changed) cell.append(el('small', {}, was === undefined ? 'new here' : `was ${was}`));
    if (expected !== undefined) cell.append(el('strong', {}, `expected ${expected}`));
    const kind = expected !== undefined ? 'wrong' : changed ? 'changed' : undefined;
    body.append(el('tr', { class: kind }, el('th', { scope: 'row' }, labelOf(view, field)), cell));
  }
  const side = el(
    'div',
    { class: 'words' },
    el(
      'h4',
      {},
      `Hop ${index + 1}: ${hop.kind} ${hop.place}${hop.object === undefined ? '' : `, ${hop.object}`}`,
    ),
    el('p', { class: `judged w-${hop.state}` }, STATE_WORDS[hop.state]),
  );
  if (row?.because !== undefined)
    side.append(el('p', { class: 'because' }, `Expected because ${row.because}.`));
  side.append(el('table', {}, body));
  return side;
}

/** @param {FrameView} frame */
function bytes(frame) {
  const length = frame.hex.length / 2;
  const dump = el('div', { class: 'dump', role: 'group', 'aria-label': `${length} bytes` });
  /** @type {HTMLElement[][]} */
  const cells = [];
  const draw = (/** @type {number} */ upTo) => {
    dump.replaceChildren();
    cells.length = 0;
    for (let at = 0; at < upTo; at += 16) dump.append(dumpLine(frame, at, Math.min(at + 16, upTo), cells));
  };
  draw(Math.min(length, BYTES));
  const light = (/** @type {number} */ from, /** @type {number} */ count, /** @type {boolean} */ on) => {
    for (let at = from; at < from + count; at++)
      for (const cell of cells[at] ?? []) cell.classList.toggle('lit', on);
  };
  const tree = el('div', { class: 'tree' });
  /** @type {{ from: number, count: number, row: HTMLElement, parent: HTMLElement }[]} */
  const ranges = [];
  for (const [index, layer] of frame.layers.entries()) {
    const rows = el('dl');
    const summary = el(
      'summary',
      { class: `l${index % 4}` },
      el('b', {}, layer.protocol),
      el('small', {}, ` ${layer.length} bytes at ${layer.offset}`),
    );
    const details = el('details', {}, summary, rows);
    const tunnel = ['vxlan', 'gre', 'geneve'].includes(layer.protocol);
    if (tunnel || index >= frame.layers.length - 2) details.setAttribute('open', '');
    summary.addEventListener('pointerenter', () => light(layer.offset, layer.length, true));
    summary.addEventListener('pointerleave', () => light(layer.offset, layer.length, false));
    for (const [name, value, from, count] of layer.fields) {
      const row = el('div', { tabindex: 0 }, el('dt', {}, name), el('dd', {}, value));
      const on = (/** @type {boolean} */ lit) => () => {
        light(from, count, lit);
        row.classList.toggle('lit', lit);
      };
      for (const event of ['pointerenter', 'focus']) row.addEventListener(event, on(true));
      for (const event of ['pointerleave', 'blur']) row.addEventListener(event, on(false));
      rows.append(row);
      ranges.push({ from, count, row, parent: details });
    }
    tree.append(details);
  }
  fieldsUnderPointer(dump, ranges, light);
  /** @type {HTMLElement[]} */
  const parts = [tree, dump];
  if (length > BYTES) {
    const all = el('button', { type: 'button', class: 'show-more' }, `Show all ${length} bytes`);
    all.addEventListener('click', () => {
      draw(length);
      all.remove();
    });
    parts.push(all);
  }
  return parts;
}

/**
 * @param {FrameView} frame
 * @param {number} from
 * @param {number} to
 * @param {HTMLElement[][]} cells
 */
function dumpLine(frame, from, to, cells) {
  const hex = el('span', { class: 'hex' });
  const text = el('span', { class: 'text', 'aria-hidden': 'true' });
  for (let at = from; at < to; at++) {
    const pair = frame.hex.slice(2 * at, 2 * at + 2);
    const value = Number.parseInt(pair, 16);
    const layer = frame.layers.findLastIndex(({ offset, length }) => at >= offset && at < offset + length);
    const kind = layer < 0 ? 'rest' : `l${layer % 4}`;
    const byte = el('i', { class: kind, 'data-at': at }, pair);
    const letter = el(
      'i',
      { class: kind, 'data-at': at },
      value > 31 && value < 127 ? String.fromCharCode(value) : '·',
    );
    cells[at] = [byte, letter];
    hex.append(byte);
    text.append(letter);
  }
  return el(
    'div',
    { class: 'line' },
    el('span', { class: 'offset' }, from.toString(16).padStart(4, '0')),
    hex,
    text,
  );
}

/**
 * Pointing at a byte shows its field.
 * @param {HTMLElement} dump
 * @param {{ from: number, count: number, row: HTMLElement, parent: HTMLElement }[]} ranges
 * @param {(from: number, count: number, on: boolean) => void} light
 */
function fieldsUnderPointer(dump, ranges, light) {
  /** @type {{ from: number, count: number, row: HTMLElement, parent: HTMLElement } | undefined} */
  let lit;
  const change = (/** @type {typeof lit} */ range) => {
    if (lit !== undefined) {
      light(lit.from, lit.count, false);
      lit.row.classList.remove('lit');
    }
    lit = range;
    if (range === undefined) return;
    range.parent.setAttribute('open', '');
    light(range.from, range.count, true);
    range.row.classList.add('lit');
  };
  dump.addEventListener('pointerover', (event) => {
    const at = event.target instanceof HTMLElement ? Number(event.target.dataset['at'] ?? -1) : -1;
    const fits = ranges.filter(({ from, count }) => at >= from && at < from + count);
    change(fits.toSorted((a, b) => a.count - b.count)[0]);
  });
  dump.addEventListener('pointerleave', () => change(undefined));
}

/**
 * @param {HopView} hop
 * @param {boolean} here
 */
function numbersLine(hop, here) {
  const numbers = hop.numbers.join(' and ');
  const text = `${hop.numbers.length > 1 ? 'Packets' : 'Packet'} ${numbers} in `;
  return el(
    'p',
    { class: 'numbers' },
    text,
    el('a', { href: 'packets.pcapng' }, 'packets.pcapng'),
    here ? '' : '; this page leaves its bytes out',
  );
}

/** @param {NonNullable<HopView['kernel']>} steps */
function kernel(steps) {
  const rows = steps.map((step) =>
    el(
      'tr',
      { class: step.fault === true ? 'wrong' : undefined },
      el('td', {}, el('code', {}, step.where)),
      el('td', {}, el('code', {}, step.what)),
      el('td', {}, step.outcome),
      el('td', {}, step.owner ?? ''),
    ),
  );
  const head = ['where', 'what', 'outcome', 'for'].map((name) => el('th', {}, name));
  return el(
    'div',
    { class: 'bridges scroll' },
    el('h4', {}, 'Rules, routes and neighbours'),
    el('table', {}, el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...rows)),
  );
}

/** @param {NonNullable<HopView['bridges']>} steps */
function bridges(steps) {
  const rows = steps.map((step) =>
    el(
      'tr',
      {},
      el('td', {}, el('code', {}, step.bridge)),
      el('td', { class: 'number' }, step.table),
      el('td', { class: 'number' }, step.priority),
      el('td', {}, el('code', {}, step.match || 'any')),
      el('td', {}, el('code', {}, step.actions)),
      el('td', {}, step.owner ?? ''),
    ),
  );
  const head = ['bridge', 'table', 'priority', 'match', 'actions', 'for'].map((name) => el('th', {}, name));
  return el(
    'div',
    { class: 'bridges scroll' },
    el('h4', {}, 'What the bridges did next'),
    el('table', {}, el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...rows)),
  );
}
