import type { DataType } from '../../../tensor/index.js';
import { typed } from '../dims.js';
import type { TypeRule } from './rule.js';

const forms: readonly (readonly [attribute: string, dtype: DataType])[] = [
  ['value_float', 'float32'],
  ['value_floats', 'float32'],
  ['value_int', 'int64'],
  ['value_ints', 'int64'],
  ['value_string', 'string'],
  ['value_strings', 'string'],
];

const constant: TypeRule = {
  opTypes: ['Constant'],
  infer({ node }) {
    const tensor = node.tensor('value');
    if (tensor) return [{ dtype: tensor.dtype, shape: tensor.dims }];
    for (const [name, dtype] of forms) {
      const attribute = node.attributes.get(name);
      if (attribute === undefined) continue;
      return [typed(dtype, Array.isArray(attribute.value) ? [attribute.value.length] : [])];
    }
    return [];
  },
};

export const constantRules: readonly TypeRule[] = [constant];
