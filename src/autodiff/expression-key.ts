import type { Attribute, AttributeValue } from '../ir/index.js';
import { Tensor } from '../tensor/index.js';

/** Equal for tensors of the same type, dims and bits. */
export function tensorKey(tensor: Tensor): string {
  const data = tensor.dtype === 'string' ? tensor.strings : tensor.bytes;
  return `${tensor.dtype}[${tensor.dims}]${data}`;
}

function attributeKey(value: AttributeValue): string | null {
  if (typeof value !== 'object') return JSON.stringify(value);
  if (value instanceof Tensor) return tensorKey(value);
  if (Array.isArray(value)) return JSON.stringify(value);
  const attribute = value as Attribute;
  if (attribute.kind === 'tensor') return tensorKey(attribute.value);
  const simple = !['tensors', 'graph', 'graphs', 'other'].includes(attribute.kind);
  if (!simple) return null;
  const plain = attribute.kind === 'float' ? `float ${attribute.value}` : attribute.value;
  return JSON.stringify(plain);
}

/**
 * Equal for two nodes that compute the same, null for nodes that cannot be compared.
 * @param inputs a number for each input, equal for equal values
 */
export function expressionKey(
  opType: string,
  domain: string,
  inputs: readonly (number | null)[],
  attributes: Readonly<Record<string, AttributeValue>>,
): string | null {
  const parts = [`${domain}.${opType}`, inputs.join()];
  for (const name of Object.keys(attributes).sort()) {
    const key = attributeKey(attributes[name] as AttributeValue);
    if (key === null) return null;
    parts.push(`${name}=${key}`);
  }
  return parts.join(';');
}
