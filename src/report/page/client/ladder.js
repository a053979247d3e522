/**
 * @import { JourneyView } from '../../view/journey-view.ts'
 * @typedef {JourneyView['hops'][number]} HopView
 */
import { chips, el, STATE_WORDS, standsFor, timeText, toggleAll } from './dom.js';

/** More rungs than anybody reads at once; the rest comes on request. */
const PAGE = 200;

/**
 * The hops as a ladder: a column for each point in the order of the way, a rung for each hop.
 * @param {JourneyView} view
 * @param {{ choose: (hop: number) => void, point: (hop: number) => void }} hands
 */
export function ladder(view, hands) {
  const rungs = el('div', { class: 'rungs', role: 'listbox', 'aria-label': 'Hops' });
  const box = el('div', { class: 'ladder', tabindex: 0 }, heads(view), rungs);
  box.style.setProperty('--n', String(view.columns.length));
  /** @type {HTMLElement[]} */
  const rows = [];
  const more = () => {
    for (const hop of view.hops.slice(rows.length, rows.length + PAGE)) {
      const index = rows.length;
      const row = rung(view, hop, index);
      standsFor(row, index, hands);
      rows.push(row);
      rungs.append(row);
    }
    const left = view.hops.length - rows.length;
    button.hidden = left === 0;
    button.textContent = `Show ${Math.min(PAGE, left)} of ${left} more hops`;
  };
  const button = el('button', { type: 'button', class: 'show-more' });
  button.addEventListener('click', more);
  more();
  return {
    element: el('div', { class: 'ladder-box' }, box, button),
    /** @param {number} hop */
    near: (hop) => toggleAll(rows, 'near', (index) => index === hop),
    /** @param {number} now */
    mark(now) {
      while (now >= rows.length && rows.length < view.hops.length) more();
      for (const [index, row] of rows.entries()) row.setAttribute('aria-selected', String(index === now));
    },
  };
}

/** @param {JourneyView} view */
function heads(view) {
  const head = el('div', { class: 'heads', 'aria-hidden': 'true' });
  let from = 0;
  const track = el('div', { class: 'groups' });
  for (const [index, column] of view.columns.entries()) {
    if (view.columns[index + 1]?.node === column.node) continue;
    const group = el('span', { class: 'group', title: column.node }, column.node);
    group.style.gridColumn = `${from + 1} / ${index + 2}`;
    track.append(group);
    from = index + 1;
  }
  const names = el('div', { class: 'points' });
  for (const column of view.columns)
    names.append(
      el(
        'span',
        { class: 'point', title: `${column.node} ${column.device}` },
        el('small', {}, column.kind),
        el('code', {}, column.device),
      ),
    );
  head.append(track, names);
  return head;
}

/**
 * @param {JourneyView} view
 * @param {HopView} hop
 * @param {number} index
 */
function rung(view, hop, index) {
  const columns = view.columns.length;
  const from = view.hops[hop.parent]?.column ?? hop.column;
  const track = el('div', { class: 'track' });
  const [left, right] = [Math.min(from, hop.column), Math.max(from, hop.column)];
  if (left === right) {
    const dot = el('span', { class: 'dot' });
    dot.style.gridColumn = String(hop.column + 1);
    track.append(dot);
  } else {
    const arrow = el('span', { class: `arrow ${from < hop.column ? 'right' : 'left'}` });
    arrow.style.gridColumn = `${left + 1} / ${right + 2}`;
    arrow.style.marginInline = `${50 / (right - left + 1)}%`;
    track.append(arrow);
  }
  const labels = hop.parent < 0 ? startLabel(view, hop) : chips(view, hop);
  if (labels.childNodes.length > 0) {
    const before = left > columns - 1 - right;
    labels.classList.add(before ? 'before' : 'after');
    labels.style.gridColumn = before ? `1 / ${left + 1}` : `${right + 2} / -1`;
    if (before ? left === 0 : right === columns - 1) labels.style.gridColumn = '1 / -1';
    track.append(labels);
  }
  return el(
    'div',
    {
      class: `rung w-${hop.state}`,
      role: 'option',
      'aria-label': `Hop ${index + 1}, ${hop.kind} ${hop.place}, ${STATE_WORDS[hop.state]}`,
    },
    el('span', { class: 'no' }, index + 1),
    el('span', { class: 'when' }, hop.time === 0 ? '0' : `+${timeText(hop.time)}`),
    track,
  );
}

/**
 * @param {JourneyView} view
 * @param {HopView} hop
 */
function startLabel(view, hop) {
  const values = new Map(hop.fields);
  const ends = values.has('src_ip')
    ? `${values.get('src_ip')} → ${values.get('dst_ip')}`
    : `${values.get('src_mac')} → ${values.get('dst_mac')}`;
  return el(
    'span',
    { class: 'chips' },
    el('span', { class: 'chip' }, view.packet),
    el('span', { class: 'more' }, ends),
  );
}
