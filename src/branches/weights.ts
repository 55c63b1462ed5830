import type { Value } from '../ir/index.js';
import type { Kernel } from '../linear/index.js';
import type { Emitter } from './emit.js';
import type { Parameter } from './parameters.js';

/** A weight [out, in / group, ...kernel] in the graph, and its elements. */
export interface Weight {
  readonly value: Value;
  readonly kernel: Kernel;
}

/** A learned weight as it is. */
export function weightOf({ value, dims, data }: Parameter, group: number): Weight {
  const [outputs = 0, inputs = 0, ...size] = dims;
  return { value, kernel: { outputs, inputs: inputs * group, group, size, data } };
}

/** A weight times fixed factors, one a tap. */
export function masked(
  emit: Emitter,
  name: string,
  { value, kernel }: Weight,
  mask: readonly number[],
): Weight {
  const fixed = emit.numbers(`${name}.mask`, kernel.size, mask);
  const data = kernel.data.map((w, i) => w * (mask[i % mask.length] as number));
  return {
    value: emit.op('Mul', `${name}.masked`, [value, fixed]),
    kernel: { ...kernel, data },
  };
}

/** A pointwise weight plus the fixed identity of each group, repeated where there are more outputs than inputs. */
export function plusIdentity(emit: Emitter, name: string, { value, kernel }: Weight): Weight {
  const { outputs, inputs, group, size } = kernel;
  const width = inputs / group;
  const eye = new Float64Array(outputs * width);
  for (let o = 0; o < outputs; o++) eye[o * width + (o % width)] = 1;
  const fixed = emit.numbers(`${name}.identity`, [outputs, width, ...size], eye);
  const data = kernel.data.map((w, i) => w + (eye[i] as number));
  return {
    value: emit.op('Add', `${name}.sum`, [value, fixed]),
    kernel: { ...kernel, data },
  };
}
