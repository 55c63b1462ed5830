import type { Value } from '../../../ir/index.js';
import { elementCount } from '../../../tensor/index.js';
import type { TypedBuilder } from '../../builder.js';
import { reshape } from '../../layout.js';
import { evenFactors, reduce } from '../../reduce.js';

/** What a reduction of elements goes on with: sums of squares are only added up. */
const onward = { ReduceSumSquare: 'ReduceSum', ReduceSum: 'ReduceSum', ReduceMean: 'ReduceMean' };

/**
 * Reduces all axes but that of the channels, in stages: onnxruntime adds up squares, and whatever lies in several
 * places, one by one, and a hundred thousand additions leave less than five digits of a float32. It is faster, too.
 * @param x `[N, C, …]` @returns `[C]`
 */
export function channelSums(b: TypedBuilder, opType: keyof typeof onward, x: Value): Value {
  const [batch = 1, channels = 1, ...spatial] = b.dims(x);
  const area = elementCount(spatial);
  const rows = opType === 'ReduceSumSquare' ? evenFactors(area) : [area];
  let [sums, op] = [reshape(b, x, [...evenFactors(batch), channels, ...rows]), opType as string];
  for (const axis of [...rows.keys()]
    .map((i) => i + 3)
    .toReversed()
    .concat(0, 0)) {
    const length = b.dims(sums)[axis] as number;
    // Squares must be taken once, however short the axis.
    if (length === 1 && op !== 'ReduceSumSquare') sums = dropped(b, sums, axis);
    else [sums, op] = [reduce(b, op, sums, [axis], false), onward[opType]];
  }
  return sums;
}

const dropped = (b: TypedBuilder, x: Value, axis: number): Value =>
  reshape(b, x, b.dims(x).toSpliced(axis, 1));
