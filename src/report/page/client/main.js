/** @import { JourneyView } from '../../view/journey-view.ts' */
import { createWorkbench } from './workbench.js';

const sections = [...document.querySelectorAll('section.scenario')];
const links = [...document.querySelectorAll('nav.scenarios a[href^="#s"]')];
/** @type {Map<number, JourneyView>} */
const views = new Map();
let current = -1;

const bench = createWorkbench((hop) => history.replaceState(null, '', `#j${current}.h${hop + 1}`));

/** @param {number} number @returns {JourneyView | undefined} */
function viewOf(number) {
  const known = views.get(number);
  if (known !== undefined) return known;
  const text = document.getElementById(`d${number}`)?.textContent;
  if (!text) return undefined;
  /** @type {JourneyView} */
  const view = JSON.parse(text);
  views.set(number, view);
  return view;
}

/** @param {Element} section */
function showScenario(section) {
  for (const each of sections) each.toggleAttribute('hidden', each !== section);
  for (const link of links) {
    const here = link.getAttribute('href') === `#${section.id}`;
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
    if (here) link.scrollIntoView({ block: 'nearest' });
  }
}

/** @param {number} number @param {number | undefined} hop */
function showJourney(number, hop) {
  const item = document.getElementById(`j${number}`);
  const section = item?.closest('section.scenario');
  const view = viewOf(number);
  if (!item || !section || view === undefined) return;
  showScenario(section);
  for (const each of document.querySelectorAll('a.journey[aria-current]'))
    each.removeAttribute('aria-current');
  item.setAttribute('aria-current', 'true');
  section.append(bench.element);
  const list = item.closest('.steps');
  if (list !== null && list.scrollHeight > list.clientHeight) {
    const { top, bottom } = item.getBoundingClientRect();
    const frame = list.getBoundingClientRect();
    if (top < frame.top || bottom > frame.bottom) list.scrollTop += top - frame.top - frame.height / 3;
  }
  const start = hop ?? view.rows[view.first]?.hop ?? 0;
  if (number === current) bench.go(start, false);
  else bench.show(view, start);
  current = number;
}

function route() {
  const [, kind, number, hop] = /^#([sj])(\d+)(?:\.h(\d+))?$/.exec(location.hash) ?? [];
  if (kind === 'j') return showJourney(Number(number), hop === undefined ? undefined : Number(hop) - 1);
  const chosen = kind === 's' ? sections[Number(number)] : undefined;
  const section = chosen ?? sections.find((each) => each.classList.contains('s-failed')) ?? sections[0];
  if (section === undefined) return undefined;
  showScenario(section);
  const journey = section.querySelector('a.journey.s-failed') ?? section.querySelector('a.journey');
  if (journey !== null) return showJourney(Number(journey.getAttribute('data-journey')), undefined);
  bench.stop();
  bench.element.remove();
  current = -1;
  return undefined;
}

/** @param {number} by */
function goJourney(by) {
  const list = [...document.querySelectorAll('section.scenario:not([hidden]) a.journey')];
  const at = list.findIndex((item) => item.getAttribute('aria-current') !== null);
  const target = list[at + by];
  if (target === undefined) return;
  history.pushState(null, '', `#${target.id}`);
  route();
}

document.addEventListener('keydown', (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const { target } = event;
  if (target instanceof HTMLInputElement) return;
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowRight: bench.next,
    ArrowLeft: bench.previous,
    ']': () => goJourney(1),
    '[': () => goJourney(-1),
  };
  const inLadder = target instanceof Element && target.closest('.ladder') !== null;
  if (inLadder) Object.assign(keys, { ArrowDown: bench.next, ArrowUp: bench.previous });
  const act = keys[event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
});

function setUpFilter() {
  const box = document.querySelector('.filter');
  const input = box?.querySelector('input');
  if (!box || !input) return;
  box.removeAttribute('hidden');
  input.addEventListener('input', () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const link of links) {
      const text = link.getAttribute('data-text') ?? '';
      link.parentElement?.toggleAttribute('hidden', !words.every((word) => text.includes(word)));
    }
  });
}

/** Links within the page show what they name without the jump to it that a browser would make. */
function setUpLinks() {
  document.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !(event.target instanceof Element)) return;
    const link = event.target.closest('a[href^="#s"], a[href^="#j"]');
    if (!(link instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    history.pushState(null, '', link.hash);
    route();
    if (link.closest('nav') !== null) toSection();
  });
}

/** The top of the scenario that is shown comes into view. */
function toSection() {
  const section = sections.find((each) => !each.hasAttribute('hidden'));
  if (section !== undefined && (section.getBoundingClientRect().top < 0 || innerWidth <= 900))
    section.scrollIntoView();
}

document.documentElement.classList.add('scripted');
setUpFilter();
setUpLinks();
addEventListener('popstate', route);
addEventListener('hashchange', route);
route();
if (location.hash !== '') {
  // The browser has gone to what the address names while the page still showed everything.
  history.scrollRestoration = 'manual';
  requestAnimationFrame(() => scrollTo(0, 0));
}
