/** Markup that goes into a page as it is. Only `html` and `unescaped` make it. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What a template may hold: text is escaped, markup is not, null leaves a gap. */
export type Content = Html | string | number | null | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that no HTML text may hold, among them halves of surrogate pairs. */
const forbidden =
  /[^\t\n\r\u{20}-\u{7e}\u{a0}-\u{d7ff}\u{e000}-\u{fdcf}\u{fdf0}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** Text for the inside of an element or of a quoted attribute. */
const escapeText = (text: string): string =>
  text.replace(forbidden, '\u{fffd}').replace(/[&<>"']/g, (character) => entities[character] ?? '');

function render(content: Content): string {
  if (content === null) return '';
  if (content instanceof Html) return content.toString();
  return typeof content === 'object' ? content.map(render).join('') : escapeText(String(content));
}

/** A template whose values are escaped unless they are markup themselves. Attributes have to be quoted. */
export const html = (strings: TemplateStringsArray, ...values: readonly Content[]): Html =>
  new Html(strings.map((text, i) => text + render(values[i] ?? null)).join(''));

/** Style sheets, in which HTML has no escapes: only for text that this project wrote. */
export const unescaped = (text: string): Html => new Html(text);
