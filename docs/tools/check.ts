import type { Page } from './pages.js';

/** What the checks look at; nothing in it depends on where the repository lies. */
export interface Documentation {
  readonly root: string;
  readonly pages: readonly Page[];
}

/** One rule that the documentation must keep: returns a sentence for each breach. */
export type Check = (documentation: Documentation) => string[];
