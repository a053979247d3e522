/** A strict reader of XML, so that tests notice what a real one would refuse. */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

type Growing = { name: string; attributes: Record<string, string>; children: Growing[]; text: string };

const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const PART =
  /<\?[^>]*\?>|<!--.*?-->|<\/([\w:-]+)\s*>|<([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/gsu;

/** The root element. Throws for anything that is not well-formed. */
export function parseXml(source: string): Element {
  const bad = FORBIDDEN.exec(source);
  if (bad) throw new Error(`character ${bad[0].codePointAt(0)?.toString(16)} is not allowed in XML`);
  const top: Growing = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  for (const [, closing, name, attributes = '', empty, text, stray] of source.matchAll(PART)) {
    const parent = open.at(-1) ?? top;
    if (stray !== undefined) throw new Error('a < that opens nothing');
    if (text !== undefined) parent.text += decode(text);
    else if (closing !== undefined) {
      if (parent.name !== closing) throw new Error(`</${closing}> closes <${parent.name}>`);
      open.pop();
    } else if (name !== undefined) {
      const element: Growing = { name, attributes: {}, children: [], text: '' };
      for (const [, key = '', value = ''] of attributes.matchAll(/([\w:-]+)="([^"]*)"/g)) {
        if (key in element.attributes) throw new Error(`${key} twice`);
        element.attributes[key] = decode(value);
      }
      parent.children.push(element);
      if (empty === '') open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)?.name}> is not closed`);
  const [root, ...more] = top.children;
  if (root === undefined || more.length > 0 || top.text.trim() !== '')
    throw new Error('not exactly one root');
  return root;
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replace(/&(#?)(\w*)(;?)/g, (_, number: string, name: string, end: string) => {
    const value = number === '#' ? String.fromCodePoint(Number(name)) : NAMED[name];
    if (end !== ';' || value === undefined) throw new Error(`&${number}${name} is no reference`);
    return value;
  });
}

/** An element and all below. */
export function all(element: Element, name: string): Element[] {
  const below = element.children.flatMap((child) => all(child, name));
  return element.name === name ? [element, ...below] : below;
}
