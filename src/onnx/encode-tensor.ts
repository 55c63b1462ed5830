import { dataTypes, type Tensor } from '../tensor/index.js';
import { numberToInt64 } from './numbers.js';
import { externalSlices, tensorOrigins } from './provenance.js';
import type { TensorProto } from './schema.js';
import { changed } from './wire.js';

/** An unchanged tensor is written as it was read, typed fields and external references included. */
export function encodeTensor(tensor: Tensor, name?: string): TensorProto {
  const origin = tensorOrigins.get(tensor);
  if (origin) return renamed(origin, name ?? origin.name ?? '');
  const { dtype, dims } = tensor;
  return changed<TensorProto>(undefined, {
    dims: dims.map(numberToInt64),
    data_type: dataTypes[dtype].code,
    name: name ?? '',
    ...(dtype === 'string' ? { string_data: tensor.strings } : { raw_data: tensor.bytes }),
  });
}

/** The same tensor under another name. */
export function renamed(message: TensorProto, name: string): TensorProto {
  if ((message.name ?? '') === name) return message;
  const copy = changed(message, { name });
  const slice = externalSlices.get(message);
  if (slice) externalSlices.set(copy, slice);
  return copy;
}
