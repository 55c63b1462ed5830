import { type Content, type Html, html } from './html.js';

export interface Column<Row> {
  readonly heading: string;
  /** Numbers are aligned to the right. */
  readonly numeric?: boolean;
  readonly cell: (row: Row) => Content;
}

const alignment = ({ numeric }: { numeric?: boolean }): string => (numeric ? 'number' : 'text');

/** Lets what is too wide scroll within itself, by keyboard too. */
export const scrollable = (label: string, content: Content): Html =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${content}</div>\n`;

/** A table whose first column names the rows. */
export function table<Row>(
  label: string,
  [first, ...others]: readonly [Column<Row>, ...Column<Row>[]],
  rows: readonly Row[],
): Html {
  const head = [first, ...others].map(
    (column) => html`<th scope="col" class="${alignment(column)}">${column.heading}</th>`,
  );
  const body = rows.map(
    (row) =>
      html`<tr><th scope="row" class="${alignment(first)}">${first.cell(row)}</th>${others.map(
        (column) => html`<td class="${alignment(column)}">${column.cell(row)}</td>`,
      )}</tr>\n`,
  );
  return scrollable(
    label,
    html`<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}</tbody>\n</table>`,
  );
}
