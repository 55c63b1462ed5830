import { join } from 'node:path';
import { inputError, ReparamError } from '../errors.js';
import { completeRecipe, type Recipe } from '../train/recipe/index.js';
import type { StudyTask } from './engines/engine.js';
import type { Study, StudyEntry } from './study.js';

/** Options of the command line; they count more than those of the file. */
export type Overrides = Partial<Pick<Recipe, 'data' | 'device' | 'epochs'>>;

/** Where things are in a study's folder. */
export const studyFiles = (folder: string) => ({
  /** The study as it was last begun or gone on with. */
  study: join(folder, 'study.json'),
  tasks: join(folder, 'tasks'),
  runs: join(folder, 'runs'),
  logs: join(folder, 'logs'),
});

/** A name as a part of a file's. */
const fileSafe = (name: string): string => name.replace(/[^\w.-]+/g, '-').replace(/^[-.]+/, '');

function completed(name: string, parts: readonly Partial<Recipe>[]): Recipe {
  try {
    return completeRecipe(...parts);
  } catch (cause) {
    if (!(cause instanceof ReparamError)) throw cause;
    const { message, hint } = cause;
    throw inputError(`${name}: ${message}`, { cause, ...(hint !== undefined && { hint }) });
  }
}

/** Files on some systems differ only in more than the case of letters. */
function requireDifferent(tasks: readonly StudyTask[]): void {
  const names = tasks.map(({ name }) => name.toLowerCase());
  const twice = tasks.find(({ name }, index) => names.indexOf(name.toLowerCase()) < index);
  if (!twice) return;
  throw inputError(`two runs of the study would have the name '${twice.name}'`, {
    hint: 'give its model, method or data a name that differs in letters or digits',
  });
}

/** A study with options of the command line. @throws ReparamError for a study without data. */
export function withOverrides(study: Study, { data, ...recipe }: Overrides): Study {
  const sets =
    typeof data === 'string'
      ? [{ name: data.split(':')[0] ?? data, options: { data } }]
      : study.data;
  if (sets.length === 0) {
    throw inputError('the study names no data', {
      hint: "add a line such as 'data: cifar10:FOLDER', or say --data",
    });
  }
  const changed = ({ name, options }: StudyEntry): StudyEntry => ({
    name,
    options: { ...options, ...recipe },
  });
  // Options of a method come last, and so these count most.
  return { ...study, data: sets, methods: study.methods.map(changed) };
}

/**
 * The runs of a study, those of the first seed first.
 * @param folder the study's, absolute
 * @throws ReparamError for options that make no sense together, and for names that are not told apart.
 */
export function planStudy(study: Study, folder: string): StudyTask[] {
  const { models, methods, data: sets, seeds, recipe } = study;
  const files = studyFiles(folder);
  const taskOf = (data: StudyEntry, model: StudyEntry, method: StudyEntry, seed: number) => {
    const parts = [...(sets.length > 1 ? [data] : []), model, method].map(({ name }) => name);
    const name = fileSafe([...parts, `seed${seed}`].join('-'));
    const given = [recipe, data.options, model.options, method.options, { seed }];
    return {
      ...{ name, model: model.name, method: method.name, data: data.name, seed },
      recipe: completed(name, given),
      recipeFile: join(files.tasks, `${name}.json`),
      runDir: join(files.runs, name),
      logFile: join(files.logs, `${name}.log`),
    };
  };
  const tasks = seeds.flatMap((seed) =>
    sets.flatMap((data) =>
      models.flatMap((model) => methods.map((method) => taskOf(data, model, method, seed))),
    ),
  );
  requireDifferent(tasks);
  return tasks;
}
