import { type Html, html } from './html.js';

/** A part of the page under a heading. */
export interface Section {
  /** Anchor that the contents link to. */
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export const sectionHtml = ({ id, title, body }: Section): Html =>
  html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}</section>\n`;

/** Something that is only shown on request. */
export const details = (summary: string, body: Html): Html =>
  html`<details><summary>${summary}</summary>\n${body}</details>\n`;
