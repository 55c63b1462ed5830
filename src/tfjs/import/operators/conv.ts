import { elementCount } from '../../../tensor/index.js';
import { type Constant, type NetworkWriter, plainSignal, type Signal } from '../writer.js';
import { type Window, windowAttributes } from './window.js';

export interface Convolution extends Omit<Window, 'kernel'> {
  /** [...spatial, Cin, Cout]; of a depthwise convolution [...spatial, C, multiplier]. */
  readonly weight: Constant;
  readonly bias: Constant | null;
  readonly channelsLast: boolean;
}

/** Splits the dims of a kernel. */
function kernelOf(writer: NetworkWriter, { name, tensor }: Constant, spatial: number) {
  const { dims } = tensor;
  if (dims.length !== spatial + 2) {
    throw writer.fault(
      `has the kernel '${name}' of shape [${dims.join(', ')}] over ${spatial} axes of an image`,
    );
  }
  const [inputs, outputs] = dims.slice(-2) as [number, number];
  return { size: dims.slice(0, -2), inputs, outputs };
}

/** [...spatial, Cin, Cout] → [Cout, Cin, ...spatial]. */
const outputsFirst = (spatial: number): number[] => [
  spatial + 1,
  spatial,
  ...Array.from({ length: spatial }, (_, i) => i),
];

/** Conv: every output channel reads all input channels of its group. */
export function conv(writer: NetworkWriter, x: Signal, options: Convolution): Signal {
  const { weight, bias, channelsLast, ...window } = options;
  const image = writer.image(x, channelsLast);
  const dims = writer.shape(plainSignal(image));
  const spatial = dims.length - 2;
  const { size, inputs } = kernelOf(writer, weight, spatial);
  const channels = dims[1];
  if (typeof channels === 'number' && channels % inputs !== 0) {
    throw writer.fault(
      `has a kernel for ${inputs} channels, but its input has ${channels}`,
      'the weights belong to another model, or the layers are connected in another way',
    );
  }
  const group = typeof channels === 'number' ? channels / inputs : 1;
  const kernel = writer.constant(weight, { perm: outputsFirst(spatial) });
  const attributes = windowAttributes(writer, image, { ...window, kernel: size });
  const operands = bias ? [image, kernel, writer.constant(bias)] : [image, kernel];
  return writer.fromImage(writer.op('Conv', operands, { ...attributes, group }), channelsLast);
}

/** Conv with a group for each input channel, which becomes `multiplier` output channels. */
export function depthwiseConv(writer: NetworkWriter, x: Signal, options: Convolution): Signal {
  const { weight, bias, channelsLast, ...window } = options;
  const image = writer.image(x, channelsLast);
  const dims = writer.shape(plainSignal(image));
  const spatial = dims.length - 2;
  const { size, inputs, outputs } = kernelOf(writer, weight, spatial);
  if (typeof dims[1] === 'number' && dims[1] !== inputs) {
    throw writer.fault(`has a kernel for ${inputs} channels, but its input has ${dims[1]}`);
  }
  // [...spatial, C, multiplier] → [C, multiplier, ...spatial] → [C·multiplier, 1, ...spatial]
  const perm = [spatial, spatial + 1, ...size.keys()];
  const kernel = writer.constant(weight, { perm, to: [inputs * outputs, 1, ...size] });
  const attributes = windowAttributes(writer, image, { ...window, kernel: size });
  const operands = bias ? [image, kernel, writer.constant(bias)] : [image, kernel];
  const result = writer.op('Conv', operands, { ...attributes, group: inputs });
  return writer.fromImage(result, channelsLast);
}

/** A depthwise convolution and a 1×1 convolution after it, which has the bias. */
export function separableConv(
  writer: NetworkWriter,
  x: Signal,
  options: Convolution & { readonly pointwise: Constant },
): Signal {
  const { pointwise, bias, ...rest } = options;
  const inner = depthwiseConv(writer, x, { ...rest, bias: null });
  const spatial = pointwise.tensor.dims.slice(0, -2);
  if (elementCount(spatial) !== 1) throw writer.fault('has a pointwise kernel that is not 1×1');
  const strides = spatial.map(() => 1);
  const { channelsLast } = options;
  return conv(writer, inner, { weight: pointwise, bias, channelsLast, strides, padding: 'valid' });
}
