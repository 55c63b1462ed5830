import type { Verdict } from '../errors.js';
import { extract, type Model, type TensorType, type Types, type Value } from '../ir/index.js';
import { type DataType, Tensor } from '../tensor/index.js';

/** Operators whose work does not depend on the size of the image: their regions may be probed on another one. */
export const sizeAgnostic: ReadonlySet<string> = new Set([
  ...['Add', 'Sub', 'Sum', 'Mean', 'Mul', 'Div', 'Neg', 'Identity', 'Dropout', 'Cast', 'Constant'],
  ...['Conv', 'ConvTranspose', 'MatMul', 'Gemm', 'BatchNormalization', 'AveragePool'],
  ...['Pad', 'Slice', 'Concat', 'Split', 'Gather', 'Transpose'],
]);

/** onnxruntime's CPU kernels compute neither bfloat16 nor float64 convolutions: probes run those in float32. */
export const probeType = (dtype: DataType): DataType =>
  dtype === 'float64' || dtype === 'bfloat16' ? 'float32' : dtype;

export function probeTensor(tensor: Tensor | null): Tensor | null {
  if (!tensor || probeType(tensor.dtype) === tensor.dtype) return tensor;
  return Tensor.fromNumbers(probeType(tensor.dtype), tensor.dims, tensor.toNumbers());
}

export const probedAs = ({ dtype, shape }: TensorType): TensorType => ({
  dtype: probeType(dtype),
  shape,
});

/** The nodes between sources and output as a model that onnxruntime can run. */
export function partOf(
  model: Model,
  sources: ReadonlyMap<Value, TensorType>,
  output: Value,
  constant: (value: Value) => Tensor | null,
  types: Types,
): Verdict<Model> {
  return extract(model, {
    inputs: new Map([...sources].map(([source, type]) => [source, probedAs(type)])),
    outputs: [output],
    constant: (value) => probeTensor(constant(value)),
    dtype: (value) => types.of(value)?.dtype ?? null,
  });
}
