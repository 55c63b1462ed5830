import type { Dim } from '../../../ir/index.js';
import { concat, unsqueezed } from '../operators/elementwise.js';
import { transpose as exchanged, reshape as intoDims, pad as padded } from '../operators/shape.js';
import { plainSignal } from '../writer.js';
import type { NodeCall, OpRule } from './call.js';

export const identity: OpRule = {
  ops: ['Identity', 'StopGradient', 'PreventGradient', 'Snapshot'],
  write: (call) => call.inputs[0] ?? call.operand(0),
};

export const concatV2: OpRule = {
  ops: ['ConcatV2'],
  write(call) {
    const last = call.inputs.length - 1;
    const [axis = 0] = call.numbers(last);
    return concat(call.writer, call.operands().slice(0, last), axis);
  },
};

export const pad: OpRule = {
  ops: ['Pad', 'PadV2'],
  write(call) {
    const rows = call.numbers(1);
    const pairs = Array.from(
      { length: rows.length / 2 },
      (_, i) => [rows[2 * i] ?? 0, rows[2 * i + 1] ?? 0] as const,
    );
    const [fill = 0] = call.op === 'PadV2' ? call.numbers(2) : [];
    const { writer } = call;
    const x = call.signal(0);
    const onImage = pairs.length === 4 && pairs[0]?.join() === '0,0' && pairs[3]?.join() === '0,0';
    // Padded where the convolutions behind it want the image, so that no transposition stands between.
    const placed = onImage ? writer.fromImage(writer.first(x), true) : x;
    return padded(writer, placed, pairs, fill);
  },
};

/** Dims for Reshape: an open length that stays where it is is taken over, another one follows from the rest. */
function targetDims(call: NodeCall, lengths: readonly Dim[]): number[] {
  const from = call.writer.shape(call.signal(0));
  const dims = lengths.map((length, i) => {
    if (typeof length === 'number') return length;
    return length !== null && length === from[i] ? 0 : -1;
  });
  if (dims.filter((dim) => dim === -1).length <= 1) return dims;
  throw call.writer.fault(`(${call.op}) reshapes to more than one open length`);
}

export const reshape: OpRule = {
  ops: ['Reshape'],
  write: (call) => intoDims(call.writer, call.signal(0), targetDims(call, call.lengths(1))),
};

export const squeeze: OpRule = {
  ops: ['Squeeze'],
  write(call) {
    const { writer, attributes } = call;
    const x = call.signal(0);
    const shape = writer.shape(x);
    const given = attributes.numbers('squeeze_dims');
    const ones = [...shape.keys()].filter((axis) => shape[axis] === 1);
    const axes = (given.length > 0 ? given : ones)
      .map((axis) => (axis < 0 ? axis + shape.length : axis))
      .sort((a, b) => a - b);
    // One pixel's channels are in order wherever they stand.
    const onPixels = x.channelsFirst && axes.join() === '1,2';
    const value = onPixels ? x.value : writer.plain(x);
    const taken = onPixels ? axes.map((axis) => writer.axis(x, axis)) : axes;
    return plainSignal(writer.op('Squeeze', [value, writer.int64s('axes', taken)]));
  },
};

export const expandDims: OpRule = {
  ops: ['ExpandDims'],
  write(call) {
    const x = call.signal(0);
    const [axis = 0] = call.numbers(1);
    const at = axis < 0 ? axis + call.writer.shape(x).length + 1 : axis;
    return plainSignal(unsqueezed(call.writer, x, 1, at));
  },
};

export const transpose: OpRule = {
  ops: ['Transpose'],
  write: (call) => exchanged(call.writer, call.signal(0), call.numbers(1)),
};
