/** Text that is markup already and must not be escaped again. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Content = Markup | string | number | boolean | null | undefined | readonly Content[];

/**
 * Markup for HTML and SVG from a template: what stands in `${…}` is escaped unless it is markup itself. Lists are joined;
 * `undefined`, `null` and `false` give nothing.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = parts[0] ?? '';
  for (const [index, value] of values.entries()) text += contentText(value) + (parts[index + 1] ?? '');
  return new Markup(text);
}

/** Markup as it is: only for text of our own, such as a style sheet. */
export function raw(text: string): Markup {
  return new Markup(text);
}

function contentText(value: Content): string {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map((part: Content) => contentText(part)).join('');
  if (typeof value === 'string') return escapeMarkup(value);
  return typeof value === 'number' ? String(value) : '';
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as the content of an element or of a quoted attribute. */
export function escapeMarkup(text: string): string {
  return visibleControls(text).replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '');
}

/** Characters that neither HTML nor XML may hold become visible ones (ESC is ␛); colours of a terminal go. */
function visibleControls(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex -- these are what is looked for
      .replace(/\u001b\[[0-9;]*m/g, '')
      // oxlint-disable-next-line no-control-regex -- these are what is looked for
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (letter) =>
        String.fromCodePoint(0x24_00 + letter.charCodeAt(0)),
      )
      .replace(/[\u007f-\u009f\ufffe\uffff]/g, '\ufffd')
      .toWellFormed()
  );
}

/** A value as JSON that may stand inside a `<script>` element. */
export function scriptJson(value: unknown): Markup {
  return new Markup(
    JSON.stringify(value)
      .replaceAll('<', String.raw`\u003c`)
      .replaceAll('\u2028', String.raw`\u2028`)
      .replaceAll('\u2029', String.raw`\u2029`),
  );
}
