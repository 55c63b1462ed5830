import type { Dim } from '../../value.js';
import { axisIn, quotient, sum, typed } from '../dims.js';
import type { TypeRule } from './rule.js';

const half = (length: Dim): Dim => (typeof length === 'number' ? Math.floor(length / 2) + 1 : null);

/**
 * Signal [N, ..., 1 or 2] → [N, ..., 2], the last axis being real and imaginary part. The one-sided transform has
 * ⌊length / 2⌋ + 1 bins; its inverse is real.
 */
const fourier: TypeRule = {
  opTypes: ['DFT'],
  infer(context) {
    const { node, opset } = context;
    const shape = context.shape(0);
    const given = opset < 20 ? node.int('axis', 1) : context.has(2) ? context.scalar(2) : -2;
    const axis = shape && axisIn(given, shape.length);
    if (!shape || axis === null) return [typed(context.dtype(0), null)];
    const oneSided = node.int('onesided', 0) !== 0;
    const real = oneSided && node.int('inverse', 0) !== 0;
    const bins = shape[axis] ?? null;
    const whole = real ? quotient([sum([bins, -1]), 2]) : bins;
    const length = context.has(1) ? context.scalar(1) : whole;
    const result = shape.with(axis, oneSided && !real ? half(length) : length);
    return [typed(context.dtype(0), result.with(-1, real ? 1 : 2))];
  },
};

/** Signal [N, L, 1 or 2] → [N, frames, bins, 2]. */
const shortTimeFourier: TypeRule = {
  opTypes: ['STFT'],
  infer(context) {
    const [batch = null, length = null] = context.shape(0) ?? [];
    const step = context.scalar(1);
    const frame = context.has(3) ? context.scalar(3) : (context.shape(2)?.[0] ?? null);
    const oneSided = context.node.int('onesided', 1) !== 0;
    const known =
      typeof length === 'number' && typeof step === 'number' && typeof frame === 'number';
    const frames = known && step > 0 ? Math.floor((length - frame) / step) + 1 : null;
    return [typed(context.dtype(0), [batch, frames, oneSided ? half(frame) : frame, 2])];
  },
};

const windows: TypeRule = {
  opTypes: ['BlackmanWindow', 'HammingWindow', 'HannWindow'],
  infer: (context) => [
    typed(context.dtypeAttribute('output_datatype', 'float32'), [context.scalar(0)]),
  ],
};

const melWeights: TypeRule = {
  opTypes: ['MelWeightMatrix'],
  infer(context) {
    const shape = [half(context.scalar(1)), context.scalar(0)];
    return [typed(context.dtypeAttribute('output_datatype', 'float32'), shape)];
  },
};

export const signalRules: readonly TypeRule[] = [fourier, shortTimeFourier, windows, melWeights];
