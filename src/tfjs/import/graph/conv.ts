import { conv, depthwiseConv } from '../operators/conv.js';
import type { Padding, Window } from '../operators/window.js';
import { keyword } from '../read/fields.js';
import type { NodeCall, OpRule } from './call.js';
import { fusionOf } from './fused.js';

/** The two of four numbers that stand for the pixels. */
const overPixels = (numbers: readonly number[], last: boolean): number[] => {
  const four = numbers.length === 4 ? numbers : [1, 1, 1, 1];
  return last ? four.slice(1, 3) : four.slice(2);
};

function paddingOf({ attributes, channelsLast, writer, op }: NodeCall): Padding {
  const padding = keyword(attributes.text('padding', 'VALID'));
  if (padding === 'same' || padding === 'valid') return padding;
  const rows = attributes.numbers('explicit_paddings');
  if (padding !== 'explicit' || rows.length !== 8) {
    throw writer.fault(`(${op}) has the padding '${padding}'`, 'it is SAME, VALID or EXPLICIT');
  }
  const at = channelsLast ? 2 : 4;
  return [0, 2].map((i) => [rows[at + i] ?? 0, rows[at + i + 1] ?? 0] as const);
}

/** How the window of a convolution or pool moves. */
export const movementOf = (call: NodeCall): Omit<Required<Window>, 'kernel'> => ({
  strides: overPixels(call.attributes.numbers('strides'), call.channelsLast),
  dilations: overPixels(call.attributes.numbers('dilations'), call.channelsLast),
  padding: paddingOf(call),
});

/** Lengths of the window of a pool. */
export const kernelOf = ({ attributes, channelsLast }: NodeCall): number[] =>
  overPixels(attributes.numbers('ksize'), channelsLast);

const convolution = (write: typeof conv, ...ops: string[]): OpRule => ({
  ops,
  write(call) {
    const { writer, channelsLast } = call;
    const { bias, activate } = fusionOf(call);
    const weight = call.constant(1);
    const options = { ...movementOf(call), weight, bias, channelsLast };
    return activate(write(writer, call.signal(0), options));
  },
});

export const conv2d = convolution(conv, 'Conv2D', '_FusedConv2D', 'FusedConv2D');
export const depthwiseConv2d = convolution(
  depthwiseConv,
  'DepthwiseConv2d',
  'DepthwiseConv2dNative',
  'FusedDepthwiseConv2dNative',
);
