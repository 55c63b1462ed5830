import { typed } from '../dims.js';
import type { TypeRule } from './rule.js';

const quantize: TypeRule = {
  opTypes: ['QuantizeLinear'],
  infer(context) {
    const dtype = context.has(2)
      ? context.dtype(2)
      : context.dtypeAttribute('output_dtype', 'uint8');
    return [typed(dtype, context.shape(0))];
  },
};

const dequantize: TypeRule = {
  opTypes: ['DequantizeLinear'],
  infer: (context) => [
    typed(context.dtypeAttribute('output_dtype', context.dtype(1)), context.shape(0)),
  ],
};

const dynamicQuantize: TypeRule = {
  opTypes: ['DynamicQuantizeLinear'],
  infer: (context) => [typed('uint8', context.shape(0)), typed('float32', []), typed('uint8', [])],
};

export const quantizationRules: readonly TypeRule[] = [quantize, dequantize, dynamicQuantize];
