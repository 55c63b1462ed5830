import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StudyTask } from '../../../src/study/engines/engine.js';
import { completeRecipe, type Recipe } from '../../../src/train/index.js';

/** Tasks of a study, a seed each, as the runner would write them into its folder. */
export function writeTasks(
  study: string,
  names: readonly string[],
  recipe: Partial<Recipe>,
): StudyTask[] {
  for (const folder of ['tasks', 'runs', 'logs']) {
    mkdirSync(join(study, folder), { recursive: true });
  }
  return names.map((name, seed) => {
    const task = {
      ...{ name, seed, model: 'small', method: 'plain', data: 'synthetic' },
      recipe: completeRecipe({}, { ...recipe, seed }),
      recipeFile: join(study, 'tasks', `${name}.json`),
      runDir: join(study, 'runs', name),
      logFile: join(study, 'logs', `${name}.log`),
    };
    writeFileSync(task.recipeFile, JSON.stringify(task.recipe));
    return task;
  });
}
