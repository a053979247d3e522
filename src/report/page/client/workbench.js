/** @import { JourneyView } from '../../view/journey-view.ts' */
import { compareTable } from './compare.js';
import { chips, el, STATE_WORDS, sign, timeText } from './dom.js';
import { clearJourney, drawJourney } from './drawing.js';
import { inspect } from './inspector.js';
import { ladder } from './ladder.js';

const PACE = 1100;

/**
 * Shows one journey at a time: on the drawing, as a ladder, in two columns, hop by hop.
 * @param {(hop: number) => void} chosen called when the user goes to a hop
 */
export function createWorkbench(chosen) {
  const element = el('div', { class: 'workbench' });
  const figures = new Map(
    [...document.querySelectorAll('section.cloud')].map((cloud) => [
      cloud.getAttribute('data-cloud') ?? '',
      cloud,
    ]),
  );
  /** @type {JourneyView | undefined} */
  let view;
  let now = 0;
  /** @type {((now: number, moving: boolean) => void)[]} */
  let marks = [];
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let playing;

  const previous = button('Previous hop', '‹', () => go(now - 1));
  const next = button('Next hop', '›', () => go(now + 1));
  const play = button('Play', '▶', () => (playing === undefined ? start() : stop()));
  const place = el('p', { class: 'at', 'aria-live': 'polite' });
  const player = el(
    'div',
    { class: 'player', role: 'toolbar', 'aria-label': 'Hops' },
    previous,
    play,
    next,
    place,
  );

  /** @param {number} hop @param {boolean} [moving] */
  function go(hop, moving = true) {
    if (view === undefined || view.hops.length === 0) return;
    now = Math.max(0, Math.min(view.hops.length - 1, hop));
    for (const mark of marks) mark(now, moving);
    const current = view.hops[now];
    if (current === undefined) return;
    place.replaceChildren(
      el('b', {}, `Hop ${now + 1} of ${view.hops.length}`),
      el('span', { class: `kind w-${current.state}` }, `${current.kind} ${current.place}`),
      el('span', { class: 'when' }, current.time === 0 ? 'start' : `+${timeText(current.time)}`),
      el('span', { class: 'visually-hidden' }, STATE_WORDS[current.state]),
      chips(view, current),
    );
    previous.toggleAttribute('disabled', now === 0);
    next.toggleAttribute('disabled', now === view.hops.length - 1);
    if (moving) chosen(now);
  }

  function start() {
    if (view === undefined) return;
    if (now >= view.hops.length - 1) go(0);
    play.textContent = '❚❚';
    play.setAttribute('aria-label', 'Pause');
    playing = setInterval(() => {
      if (view === undefined || now >= view.hops.length - 1) stop();
      else go(now + 1);
    }, PACE);
  }

  function stop() {
    clearInterval(playing);
    playing = undefined;
    play.textContent = '▶';
    play.setAttribute('aria-label', 'Play');
  }

  /** @param {JourneyView} journey @param {number} hop */
  function show(journey, hop) {
    stop();
    view = journey;
    for (const figure of figures.values()) {
      const graph = figure.querySelector('svg.nd-graph');
      if (graph !== null) clearJourney(graph);
    }
    /** @type {((hop: number) => void)[]} */
    const nears = [];
    const hands = {
      choose: go,
      point: (/** @type {number} */ at) => {
        for (const near of nears) near(at);
      },
    };
    const steps = ladder(journey, hands);
    const table = compareTable(journey, hands);
    nears.push(steps.near, table.near);
    const details = el('div', { class: 'details' });
    const cloud = figures.get(journey.cloud ?? '');
    const graph = cloud?.querySelector('svg.nd-graph');
    marks = [
      (at) => steps.mark(at),
      (at) => table.mark(at),
      (at) => details.replaceChildren(inspect(journey, at)),
    ];
    if (graph instanceof SVGElement) {
      const drawn = drawJourney(graph, journey, hands);
      marks.push(drawn.mark);
      nears.push(drawn.near);
    }
    const seen = journey.hops.length > 0;
    element.replaceChildren(
      head(journey),
      ...(seen ? [player] : [el('p', { class: 'never' }, 'The packet was never seen.')]),
      ...(cloud === undefined ? [] : [cloud]),
      ...(cloud === undefined || journey.ok ? [] : [key(journey)]),
      ...(seen ? [el('h3', {}, 'Hop by hop'), steps.element, details] : []),
      ...(journey.rows.length === 0 ? [] : [el('h3', {}, 'Expected and observed'), table.element]),
    );
    go(hop, false);
  }

  return { element, show, go, next: () => go(now + 1), previous: () => go(now - 1), stop };
}

/** @param {JourneyView} journey */
function head(journey) {
  const status = journey.ok ? 'passed' : journey.verdict === 'inconclusive' ? 'inconclusive' : 'failed';
  const strays = journey.hops.filter((hop) => hop.state === 'unexplained');
  const box = el(
    'div',
    { class: `bench-head s-${status}` },
    el('h3', {}, sign(status, journey.ok ? 'as expected' : 'not as expected'), ' ', journey.title),
    el(
      'p',
      {},
      journey.packet === journey.title ? '' : el('code', {}, journey.packet),
      el('b', { class: 'fate' }, journey.verdict),
      journey.expectedVerdict !== undefined && journey.expectedVerdict !== journey.verdict
        ? el('span', {}, `expected ${journey.expectedVerdict}`)
        : null,
      journey.reason === undefined ? null : el('span', { class: 'because' }, journey.reason),
    ),
  );
  if (strays.length > 0)
    box.append(
      el(
        'p',
        { class: 'strays' },
        el('b', {}, `${strays.length} unexplained ${strays.length === 1 ? 'copy' : 'copies'}: `),
        strays.map((hop) => hop.place).join(', '),
      ),
    );
  return box;
}

/**
 * What the shapes on the drawing mean, where one of them is not simply as expected.
 * @param {JourneyView} journey
 */
function key(journey) {
  const list = el('ul', { class: 'key' });
  for (const state of /** @type {const} */ (['same', 'different', 'unexplained']))
    if (journey.hops.some((hop) => hop.state === state))
      list.append(el('li', { class: `w-${state}` }, el('span', { class: 'shape' }), STATE_WORDS[state]));
  return list;
}

/** @param {string} label @param {string} text @param {() => void} act */
function button(label, text, act) {
  const element = el('button', { type: 'button', 'aria-label': label, title: label }, text);
  element.addEventListener('click', act);
  return element;
}
