/** How option values are read; what is wrong with one is said by commander together with the option's name. */
import { InvalidArgumentError } from 'commander';

/** A reader of whole numbers between two bounds. */
export function wholeNumber(first: number, last: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= first && number <= last) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${first} to ${last}.`);
  };
}

/** Names of clouds become parts of the names of containers. */
export function cloudName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected letters, digits, "-", "_" and ".", at most 40.');
}
