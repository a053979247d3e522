/**
 * How a field is compared with Wireshark's: under which names it shows it, and how our value is said in its words. Fields
 * are found by name and place, so a wrong place is a failure as much as a wrong value.
 */
export interface Mapping {
  readonly names: readonly string[];
  /** Our value in Wireshark's words; by default numbers and booleans as numbers, text as it is. */
  readonly say?: (value: unknown) => unknown;
  /** Wireshark's text in ours. */
  readonly hear?: (show: string) => string;
  /** Wireshark leaves the field out where it thinks that it means nothing. Then ours must be zero. */
  readonly optional?: boolean;
}

/** One mapping, one for each key of an object (or of the objects in a list), or the reason why there is none. */
export type Entry = Mapping | { readonly each: Readonly<Record<string, Entry>> } | { readonly skip: string };

/** The fields of a protocol. */
export type Fields = Readonly<Record<string, Entry>>;

/** Shown as it is. */
export function at(...names: string[]): Mapping {
  return { names };
}

/** Shown in other words. */
export function said(say: (value: never) => unknown, ...names: string[]): Mapping {
  return { names, say: say as (value: unknown) => unknown };
}

/** Left out by Wireshark where it thinks that it means nothing. */
export function sometimes(...names: string[]): Mapping {
  return { names, optional: true };
}

/** Not comparable, and why. */
export function skip(reason: string): Entry {
  return { skip: reason };
}

/** Where a part of a list lies. */
const place: Entry = skip('where the item lies in the frame; the items themselves are found by it');

/** Bytes as Wireshark shows them. */
export const colons = (hex: string): string => hex.replaceAll(/(..)(?=.)/g, '$1:');

/** What the parts of all lists of options share. */
export const option: Fields = { offset: place, length: place };
