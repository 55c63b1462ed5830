import type { RecipeDifference, RunSummary } from '../../src/train/runs/index.js';
import { colorsFor } from './colors.js';
import { duration } from './duration.js';
import { table } from './table.js';

const percent = (share: number | null): string =>
  share === null ? '' : `${(100 * share).toFixed(2)} %`;

function row(run: RunSummary): string[] {
  const { name, state, model, data, epochsDone, epochs, loss } = run;
  const progress = epochs === null ? String(epochsDone) : `${epochsDone}/${epochs}`;
  const figures = [percent(run.bestAccuracy), percent(run.lastAccuracy), loss?.toFixed(4) ?? ''];
  return [name, state, model ?? '', data ?? '', progress, ...figures, duration(run.seconds)];
}

const shown = (value: unknown): string =>
  Array.isArray(value) ? value.join(',') : value === null ? '' : String(value);

/** What `reparam runs` tells people. */
export function runsText(
  runs: readonly RunSummary[],
  differences: readonly RecipeDifference[],
): string {
  const { yellow } = colorsFor(process.stdout);
  if (runs.length === 0) return 'no runs';
  const headings = ['run', 'state', 'model', 'data', '>epochs', '>best', '>last', '>loss', '>time'];
  const parts = [table(headings, runs.map(row))];
  if (differences.length > 0) {
    const names = ['option', ...runs.map(({ name }) => name)];
    parts.push(
      '',
      table(
        names,
        differences.map((d) => [d.option, ...d.values.map(shown)]),
      ),
    );
  }
  const problems = runs.flatMap(({ name, problem, damaged }) =>
    [problem, ...damaged].filter((text) => text !== null).map((text) => `${name}: ${text}`),
  );
  return [...parts, ...problems.map((text) => yellow(text))].join('\n');
}
