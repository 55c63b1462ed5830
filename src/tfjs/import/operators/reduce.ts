import { type NetworkWriter, plainSignal, type Signal } from '../writer.js';
import { globalPool } from './pool.js';

const pools = { ReduceMean: 'GlobalAveragePool', ReduceMax: 'GlobalMaxPool' } as const;

/** A reduction over axes, as TensorFlow.js counts them. Over all pixels of an image it is a global pool. */
export function reduce(
  writer: NetworkWriter,
  x: Signal,
  opType: 'ReduceMean' | 'ReduceMax' | 'ReduceMin' | 'ReduceSum',
  axes: readonly number[],
  keepAxes: boolean,
): Signal {
  const rank = writer.shape(x).length;
  const counted = axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  const overPixels = rank === 4 && counted.join() === '1,2';
  if (overPixels && (opType === 'ReduceMean' || opType === 'ReduceMax')) {
    return globalPool(writer, x, pools[opType], { channelsLast: true, keepAxes });
  }
  const keepdims = keepAxes ? 1 : 0;
  const value = writer.plain(x);
  if (opType !== 'ReduceSum') {
    return plainSignal(writer.op(opType, [value], { axes: counted, keepdims }));
  }
  // Its axes have been an operand since opset 13, those of the others since 18.
  return plainSignal(writer.op(opType, [value, writer.int64s('axes', counted)], { keepdims }));
}
