import type { Tensor as OnnxruntimeTensor, TypedTensor } from 'onnxruntime-node';
import { type DataType, Tensor } from '../tensor/index.js';
import { UnrunnableError } from './errors.js';

type ElementType = OnnxruntimeTensor.Type;
type TypedArray = Exclude<OnnxruntimeTensor.DataType, string[]>;
interface TypedArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
}

/** Types whose tensors cross the border of onnxruntime-node: fetching another one aborts the process. */
const typedArrays: Partial<Record<DataType, TypedArrayConstructor>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

const utf8 = { encode: new TextEncoder(), decode: new TextDecoder() };

type TensorConstructor = typeof OnnxruntimeTensor;

/** Whether onnxruntime-node takes and returns tensors of a type. */
export const isTransferable = (dtype: DataType): boolean =>
  dtype === 'string' || typedArrays[dtype] !== undefined;

/** Shares the bytes of `tensor` unless they lie at an address that its type cannot have. */
export function toOnnxruntime(tensor: Tensor, Constructor: TensorConstructor): OnnxruntimeTensor {
  const { dtype, dims } = tensor;
  if (dtype === 'string') {
    return new Constructor(
      'string',
      tensor.strings.map((s) => utf8.decode.decode(s)),
      dims,
    );
  }
  const ArrayType = typedArrays[dtype];
  if (ArrayType === undefined) {
    throw new UnrunnableError(`onnxruntime-node takes no ${dtype} tensors`);
  }
  const width = ArrayType.BYTES_PER_ELEMENT;
  let { bytes } = tensor;
  if (bytes.byteOffset % width !== 0) bytes = bytes.slice();
  const data = new ArrayType(bytes.buffer, bytes.byteOffset, bytes.byteLength / width);
  return new Constructor(dtype as ElementType, data as never, dims) as OnnxruntimeTensor;
}

/** Shares the bytes of `tensor`. */
export function fromOnnxruntime(tensor: OnnxruntimeTensor): Tensor {
  const dims = [...tensor.dims];
  if (tensor.type === 'string') {
    const strings = (tensor as TypedTensor<'string'>).data.map((s) => utf8.encode.encode(s));
    return new Tensor('string', dims, strings);
  }
  const { buffer, byteOffset, byteLength } = tensor.data as TypedArray;
  return new Tensor(tensor.type, dims, new Uint8Array(buffer, byteOffset, byteLength));
}
