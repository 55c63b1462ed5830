import type { RunReport } from './report.js';

/** Outputs that cannot tell two models apart, because the first model gives the same trivial answer in every run. */
export function blindOutputs(runs: readonly RunReport[]): string[] {
  const names = runs[0]?.outputs.map(({ name }) => name) ?? [];
  return names.flatMap((name) => {
    const errors = runs.flatMap(({ outputs }) => outputs.find((o) => o.name === name)?.error ?? []);
    if (errors.length === 0) return [];
    if (errors.every((error) => error.elements === 0)) return [`output '${name}' is always empty`];
    if (errors.every((error) => error.nonFinite === error.elements)) {
      return [`output '${name}' is never finite, so that it shows no difference`];
    }
    if (errors.every((error) => error.magnitude === 0)) {
      return [`output '${name}' is always zero, so that it shows no difference`];
    }
    return [];
  });
}
