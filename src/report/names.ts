import { type Html, html } from './html.js';

/** The last part of a path of any platform. */
export const fileName = (path: string): string => path.split(/[\\/]/).at(-1) || path;

/** A name out of a model: set apart from the text, since it may be long and hold any character. */
export const name = (text: string): Html => html`<code class="name">${text}</code>`;

/** `a, b and c`. */
export const enumeration = (items: readonly string[]): string =>
  items.length < 2
    ? items.join('')
    : `${items.slice(0, -1).join(', ')} and ${items.at(-1) as string}`;

/** Text of at most `length` characters. Cuts the front, because names in networks differ at their ends. */
export function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `…${characters.slice(1 - length).join('')}`;
}

/** The same for text whose beginning says the most. */
export function cut(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

/** An argument as a POSIX shell reads it. */
const quote = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;

export const shellCommand = (command: readonly string[]): string => command.map(quote).join(' ');
