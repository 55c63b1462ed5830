import type { GraphSketch, RewrittenPart } from '../../verify/inside/report.js';

/** What remains of a sketch without names: the operators, what is said of them, and who reads whom. */
function form({ inputs, nodes, output }: GraphSketch): unknown {
  const places = new Map(inputs.map((name, i) => [name, i]));
  const place = (name: string): number => places.get(name) ?? -1;
  const steps = nodes.map(({ opType, detail, inputs: read, outputs }) => {
    const step = [opType, detail, read.map(place), outputs.length];
    for (const value of outputs) places.set(value, places.size);
    return step;
  });
  return [inputs.length, steps, place(output)];
}

/** Parts that look the same but for their names: at least one. */
export type Alike = readonly [RewrittenPart, ...RewrittenPart[]];

/** In the order of the first of each. */
export function groupAlike(parts: readonly RewrittenPart[]): Alike[] {
  const groups = new Map<string, [RewrittenPart, ...RewrittenPart[]]>();
  for (const part of parts) {
    const key = JSON.stringify([form(part.before), form(part.after)]);
    const group = groups.get(key);
    if (group) group.push(part);
    else groups.set(key, [part]);
  }
  return [...groups.values()];
}
