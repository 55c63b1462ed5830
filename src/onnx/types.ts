import type { Dim, TensorType } from '../ir/index.js';
import { dataTypeFromCode, dataTypes } from '../tensor/index.js';
import { int64ToNumber, numberToInt64 } from './numbers.js';
import type { DimensionProto, TypeProto } from './schema.js';
import { changed } from './wire.js';

/** A negative length stands for an unknown one in files of early exporters. */
function readDim({ dim_value, dim_param }: DimensionProto): Dim {
  if (dim_value === undefined) return dim_param || null;
  const length = int64ToNumber(dim_value);
  return length < 0 ? null : length;
}

/** @returns null for sequences, maps, optionals and for element types that this program does not know. */
export function readType(message: TypeProto | undefined): TensorType | null {
  const tensor = message?.tensor_type;
  const dtype = dataTypeFromCode(tensor?.elem_type ?? 0);
  if (!tensor || !dtype) return null;
  return { dtype, shape: tensor.shape ? (tensor.shape.dim ?? []).map(readDim) : null };
}

function writeDim(dim: Dim): DimensionProto {
  if (dim === null) return {};
  return typeof dim === 'number' ? { dim_value: numberToInt64(dim) } : { dim_param: dim };
}

export function writeType(
  { dtype, shape }: TensorType,
  original: TypeProto | undefined,
): TypeProto {
  return changed(original, {
    tensor_type: {
      elem_type: dataTypes[dtype].code,
      ...(shape === null ? {} : { shape: { dim: shape.map(writeDim) } }),
    },
  });
}
