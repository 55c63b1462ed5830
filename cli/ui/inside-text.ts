import type { Divergence } from '../../src/verify/inside/report.js';
import { colorsFor } from './colors.js';
import { formatError, plural } from './format.js';

/** A node and the value that it computes. */
const place = (label: string, value: string): string => `${label} (value '${value}')`;

/** The first say most; other networks altogether part everywhere. */
const mostShown = 3;

/** Where two models part, and why, for people. */
export function divergencesText(divergences: readonly Divergence[]): string[] {
  const { dim } = colorsFor(process.stdout);
  const rest = divergences.length - mostShown;
  return [
    ...divergences.slice(0, mostShown).map(divergenceText),
    ...(rest > 0 ? [dim(`and at ${plural(rest, 'more place')}: see --report or --json`)] : []),
  ];
}

function divergenceText(divergence: Divergence): string {
  const { yellow, dim } = colorsFor(process.stdout);
  const { a, b, nodeA, nodeB, error, index, expected, actual, causes, part } = divergence;
  const nodes =
    nodeA === nodeB && a === b
      ? place(nodeA, a)
      : `${place(nodeA, a)} in A, ${place(nodeB, b)} in B`;
  const from = part.before.inputs.map((name) => `'${name}'`).join(', ');
  const size = `${plural(part.before.nodes.length, 'node')} in A, ${part.after.nodes.length} in B`;
  const worst =
    index.length > 0 ? `; the worst is [${index.join(', ')}]: ${expected} against ${actual}` : '';
  return [
    yellow(`they part at ${nodes}`),
    ...causes.map((cause) => `  cause: ${cause}`),
    dim(
      `  from the same ${from} (${size}): relative error ${formatError(error.maxRelative)}${worst}`,
    ),
  ].join('\n');
}
