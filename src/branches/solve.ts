import { accept, internalError, refuse, type Verdict } from '../errors.js';
import { scaleRows } from '../linear/index.js';
import type { BlockBuilder } from './block-builder.js';
import { normFactor, normOfZero } from './norm.js';
import type { Parameter } from './parameters.js';
import { type Equivalent, scaleMap, sumMaps, type Term } from './term.js';

/** A correction this many times the largest weight would bury the weights under its rounding. */
const largestCorrection = 1024;

/**
 * Chooses the main weights and the shift so that a block computes what its Conv did: only the sum of all branches
 * matters. Where a channel of the main branch counts for too little to outweigh the others, they are closed there.
 */
export function keepFunction(block: BlockBuilder, sum: Term, normalized: boolean): Verdict<void> {
  const { site, parameters } = block;
  const target = targetOf(block, normalized);
  const found = sumMaps([sum], site.axes, site.kernel.group);
  const { main } = sum;
  const weight = block.mainWeight;
  if (!main || !weight) throw internalError('a block without a main branch');
  const closed = channelsToClose(site.kernel.data, main, found);
  if (closed.length > 0 && sum.gates === null) {
    return refuse(
      `its main branch counts for too little in channel ${closed[0]}, and another cannot be closed there`,
    );
  }
  for (const parameter of sum.gates ?? []) close(parameter, closed, found.kernel.outputs);
  for (const channel of closed) row(found.kernel.data, channel, found).fill(0);
  solveWeights(weight.data, site.kernel.data, target, found, main);
  const shifted = solveShift(sum, target, found);
  if (!shifted.ok) return shifted;
  for (const parameter of [
    weight,
    ...(sum.gates ?? []),
    ...(sum.shift ? [sum.shift.parameter] : []),
  ])
    parameters.store(parameter);
  return accept(undefined);
}

function targetOf({ site }: BlockBuilder, normalized: boolean): Equivalent {
  const { kernel, axes } = site;
  const conv = { axes, kernel, bias: site.bias ?? new Float64Array(kernel.outputs) };
  const norm = normalized ? site.norm?.norm : null;
  return norm ? scaleMap(conv, normFactor(norm), normOfZero(norm)) : conv;
}

const row = (data: Float64Array, channel: number, { kernel }: Equivalent): Float64Array => {
  const length = kernel.data.length / kernel.outputs;
  return data.subarray(channel * length, (channel + 1) * length);
};

const largest = (data: Float64Array): number =>
  data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

export function channelsToClose(
  weights: Float64Array,
  main: Float64Array,
  others: Equivalent,
): readonly number[] {
  const allowed = largestCorrection * largest(weights);
  const channels: number[] = [];
  for (const [channel, factor] of main.entries()) {
    const needed = largest(row(others.kernel.data, channel, others));
    if (needed > allowed * Math.abs(factor)) channels.push(channel);
  }
  return channels;
}

function close({ data }: Parameter, channels: readonly number[], outputs: number): void {
  const length = data.length / outputs;
  for (const channel of channels) data.fill(0, channel * length, (channel + 1) * length);
}

function solveWeights(
  solved: Float64Array,
  original: Float64Array,
  target: Equivalent,
  others: Equivalent,
  main: Float64Array,
): void {
  for (let i = 0; i < solved.length; i++) {
    solved[i] = (target.kernel.data[i] as number) - (others.kernel.data[i] as number);
  }
  scaleRows(
    { ...target.kernel, data: solved },
    main.map((factor) => (factor === 0 ? 0 : 1 / factor)),
  );
  // What counts for nothing stays as it was, for the day on which it counts again.
  for (const [channel, factor] of main.entries()) {
    if (factor === 0) row(solved, channel, target).set(row(original, channel, target));
  }
}

function solveShift({ shift }: Term, target: Equivalent, found: Equivalent): Verdict<void> {
  for (const [channel, wanted] of target.bias.entries()) {
    const missing = wanted - (found.bias[channel] as number);
    if (!Number.isFinite(missing))
      return refuse('its bias or its norm holds values that are no numbers');
    if (missing === 0) continue;
    if (!shift) throw internalError('a block without a bias');
    const { parameter, factor } = shift;
    parameter.data[channel] =
      (parameter.data[channel] as number) + missing / (factor[channel] as number);
  }
  return accept(undefined);
}
