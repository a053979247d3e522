import { html, type Markup } from '../html.ts';
import type { ScenarioStatus } from '../model.ts';

/** Signs that differ in shape as well as in colour, defined once and used by reference. */
export function iconSheet(): Markup {
  return html`<svg class="sheet" aria-hidden="true" focusable="false"><defs>
<symbol id="i-passed" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.5" fill="var(--ok)"/><path d="M4.6 8.3l2.3 2.3 4.5-4.9" fill="none" stroke="var(--on-sign)" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="i-failed" viewBox="0 0 16 16"><rect x=".8" y=".8" width="14.4" height="14.4" rx="3" fill="var(--bad)"/><path d="M5 5l6 6M11 5l-6 6" fill="none" stroke="var(--on-sign)" stroke-width="1.9" stroke-linecap="round"/></symbol>
<symbol id="i-inconclusive" viewBox="0 0 16 16"><path d="M8 .9L15.4 14.6H.6Z" fill="var(--warn)" stroke="var(--warn)" stroke-width="1" stroke-linejoin="round"/><path d="M8 5.6v4.2" stroke="var(--on-sign)" stroke-width="1.8" stroke-linecap="round"/><circle cx="8" cy="12.2" r="1.05" fill="var(--on-sign)"/></symbol>
<symbol id="i-skipped" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.8" fill="none" stroke="var(--idle)" stroke-width="1.5" stroke-dasharray="3 2.2"/><path d="M5 8h6" stroke="var(--idle)" stroke-width="1.8" stroke-linecap="round"/></symbol>
</defs></svg>`;
}

/** A status sign with its word for those who do not see it. */
export function icon(status: ScenarioStatus, word: string = status): Markup {
  return html`<svg class="icon" role="img" aria-label="${word}"><use href="#i-${status}"/></svg>`;
}
