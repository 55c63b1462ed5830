import { pool } from '../operators/pool.js';
import { reduce as over } from '../operators/reduce.js';
import type { OpRule } from './call.js';
import { kernelOf, movementOf } from './conv.js';

const windows = (op: string, kind: 'MaxPool' | 'AveragePool'): OpRule => ({
  ops: [op],
  write(call) {
    const { strides, padding } = movementOf(call);
    const window = { kernel: kernelOf(call), strides, padding, channelsLast: call.channelsLast };
    return pool(call.writer, call.signal(0), kind, window);
  },
});

export const maxPool = windows('MaxPool', 'MaxPool');
export const avgPool = windows('AvgPool', 'AveragePool');

const reductions = {
  Mean: 'ReduceMean',
  Max: 'ReduceMax',
  Min: 'ReduceMin',
  Sum: 'ReduceSum',
} as const;

export const reduce: OpRule = {
  ops: Object.keys(reductions),
  write(call) {
    const opType = reductions[call.op as keyof typeof reductions];
    const keepAxes = call.attributes.boolean('keep_dims');
    return over(call.writer, call.signal(0), opType, call.numbers(1), keepAxes);
  },
};
