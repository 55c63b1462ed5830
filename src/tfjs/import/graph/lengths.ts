import type { OpRule } from './call.js';

/** What graphs compute to reshape by: the lengths of a tensor, some of them, and lists put together of them. */
export const shape: OpRule = {
  ops: ['Shape'],
  write: (call) => ({ lengths: call.writer.shape(call.signal(0)) }),
};

export const stridedSlice: OpRule = {
  ops: ['StridedSlice'],
  write(call) {
    const source = call.lengths(0);
    const [begin = 0] = call.numbers(1);
    const [end = source.length] = call.numbers(2);
    const [step = 1] = call.numbers(3);
    const { attributes, writer } = call;
    const fromStart = attributes.number('begin_mask', 0) === 1;
    const toEnd = attributes.number('end_mask', 0) === 1;
    if (step !== 1) throw writer.fault('(StridedSlice) takes every other length of a shape');
    return { lengths: source.slice(fromStart ? 0 : begin, toEnd ? source.length : end) };
  },
};

export const pack: OpRule = {
  ops: ['Pack'],
  write: (call) => ({ lengths: call.inputs.flatMap((_, i) => call.lengths(i)) }),
};
