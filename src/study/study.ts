import type { Recipe } from '../train/recipe/index.js';

/** A model, a method or data of a study. */
export interface StudyEntry {
  /** What it is called in the study's tables. */
  readonly name: string;
  /** Options of training that it gives, itself among them. */
  readonly options: Partial<Recipe>;
}

/** What is compared: every model with every method on all data, once a seed. */
export interface Study {
  readonly name: string;
  readonly models: readonly StudyEntry[];
  readonly methods: readonly StudyEntry[];
  /** None where the command line has to say it. */
  readonly data: readonly StudyEntry[];
  readonly seeds: readonly number[];
  /** Name of the method that the others are compared with. */
  readonly baseline: string;
  /** Options that all runs share. */
  readonly recipe: Partial<Recipe>;
  /** The file's text. */
  readonly source: string;
}

/** The lists of a study by the option that their entries give. */
export const axes = { models: 'model', methods: 'method', data: 'data' } as const;

export type Axis = keyof typeof axes;

export const studyKeys = ['name', ...Object.keys(axes), 'seeds', 'baseline', 'recipe'];
