/** @import { JourneyView } from '../../view/journey-view.ts' */
import { el, labelOf, sign, standsFor, toggleAll } from './dom.js';

const WORDS = {
  same: 'as expected',
  different: 'different',
  missing: 'missing',
  unexplained: 'unexplained',
  elsewhere: 'another way',
};

/**
 * Expected beside observed, the first difference marked.
 * @param {JourneyView} view
 * @param {{ choose: (hop: number) => void, point: (hop: number) => void }} hands
 */
export function compareTable(view, hands) {
  const body = el('tbody');
  const rows = view.rows.map((row, index) => {
    const first = index === view.first;
    const observed = el(
      'td',
      {},
      el(
        'span',
        { class: 'said' },
        row.observed ?? (row.state === 'missing' ? '(missing)' : (row.expected ?? '')),
      ),
    );
    const wear = row.observedWear ?? (row.state === 'missing' ? undefined : row.expectedWear);
    if (wear) observed.append(el('p', { class: 'wear' }, wear));
    for (const { field, expected, observed: value } of row.differences ?? [])
      observed.append(
        el(
          'p',
          { class: 'difference' },
          labelOf(view, field),
          ' is ',
          el('b', {}, value),
          ', not ',
          el('b', {}, expected),
        ),
      );
    const wanted = el('td', {}, el('span', { class: 'said' }, row.expected ?? '(nothing)'));
    if (row.expectedWear) wanted.append(el('p', { class: 'wear' }, row.expectedWear));
    if (row.because !== undefined) wanted.append(el('p', { class: 'because' }, row.because));
    for (const cell of [wanted, observed])
      cell.style.paddingInlineStart = `${10 + Math.min(row.depth, 12) * 16}px`;
    const line = el(
      'tr',
      { class: `r-${row.state}${first ? ' first' : ''}` },
      el('td', { class: 'no' }, row.hop === undefined ? '' : row.hop + 1),
      wanted,
      observed,
      el(
        'td',
        { class: 'state' },
        sign(row.state === 'same' ? 'passed' : 'failed'),
        ' ',
        first ? `first difference: ${WORDS[row.state]}` : WORDS[row.state],
      ),
    );
    const { hop } = row;
    if (hop !== undefined) standsFor(line, hop, hands);
    body.append(line);
    return line;
  });
  const verdict =
    view.expectedVerdict === undefined
      ? null
      : el(
          'tfoot',
          {},
          el(
            'tr',
            { class: view.expectedVerdict === view.verdict ? 'r-same' : 'r-different' },
            el('td'),
            el('td', {}, 'verdict ', el('b', {}, view.expectedVerdict)),
            el(
              'td',
              {},
              'verdict ',
              el('b', {}, view.verdict),
              view.reason === undefined ? '' : `: ${view.reason}`,
            ),
            el('td', { class: 'state' }, sign(view.expectedVerdict === view.verdict ? 'passed' : 'failed')),
          ),
        );
  const head = el(
    'thead',
    {},
    el(
      'tr',
      {},
      el('th', {}, 'Hop'),
      el('th', {}, 'Expected'),
      el('th', {}, 'Observed'),
      el('th', {}, 'Judged'),
    ),
  );
  return {
    element: el('div', { class: 'scroll' }, el('table', { class: 'compare' }, head, body, verdict)),
    /** @param {number} hop */
    near: (hop) => toggleAll(rows, 'near', (index) => hop >= 0 && view.rows[index]?.hop === hop),
    /** @param {number} now */
    mark: (now) => toggleAll(rows, 'now', (index) => view.rows[index]?.hop === now),
  };
}
