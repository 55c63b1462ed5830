import { cut, shorten } from '../names.js';
import type { Vertex } from './flow.js';

/** One line of text in a box. */
export interface BoxLine {
  readonly text: string;
  readonly className: 'heading' | 'detail' | 'name';
}

/** A vertex with its text cut to fit, and the size that this needs. */
export interface Box {
  readonly vertex: Vertex;
  readonly lines: readonly BoxLine[];
  readonly width: number;
  readonly height: number;
}

export const lineHeight = 15;

/** Longest texts before they are cut; the whole text is in the title. */
const limits = { heading: 26, detail: 34, name: 26 };

const fit = { heading: cut, detail: cut, name: shorten };

/**
 * Width of a character, for nobody can measure text here: that of the widest font a system is likely to show. Names
 * are in a font of fixed width.
 */
const characterWidths = { heading: 8.2, detail: 6.6, name: 6.4 };

export function boxOf(vertex: Vertex): Box {
  const texts = { heading: vertex.heading, detail: vertex.detail, name: vertex.name };
  const lines = (['heading', 'detail', 'name'] as const)
    .filter((className) => texts[className] !== '')
    .map((className) => ({ className, text: fit[className](texts[className], limits[className]) }));
  const widths = lines.map(({ text, className }) => [...text].length * characterWidths[className]);
  return {
    vertex,
    lines,
    width: Math.round(Math.max(48, ...widths) + 20),
    height: Math.max(lines.length, 1) * lineHeight + 12,
  };
}
