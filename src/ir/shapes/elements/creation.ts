import type { Dim } from '../../value.js';
import { quotient } from '../dims.js';
import { shapeRange } from '../rules/shape.js';
import { readElements } from '../table.js';
import { represent } from './numbers.js';
import type { ElementRule } from './rule.js';

const shape: ElementRule = {
  opTypes: ['Shape'],
  elements(context) {
    const dims = context.shape(0);
    return dims?.slice(...shapeRange(context, dims.length)) ?? null;
  },
};

const size: ElementRule = {
  opTypes: ['Size'],
  elements(context) {
    const dims = context.shape(0);
    return dims && [quotient(dims)];
  },
};

const constant: ElementRule = {
  opTypes: ['Constant'],
  elements({ node }) {
    const tensor = node.tensor('value');
    if (tensor) return readElements(tensor);
    for (const name of ['value_int', 'value_ints', 'value_float', 'value_floats']) {
      const attribute = node.attributes.get(name);
      if (attribute?.kind === 'int' || attribute?.kind === 'float') return [attribute.value];
      if (attribute?.kind === 'ints' || attribute?.kind === 'floats') return attribute.value;
    }
    return null;
  },
};

const constantOfShape: ElementRule = {
  opTypes: ['ConstantOfShape'],
  elements(context, target) {
    const tensor = context.node.tensor('value');
    const value = tensor ? readElements(tensor)?.[0] : 0;
    return value === undefined ? null : Array<Dim>(target.size).fill(value);
  },
};

const range: ElementRule = {
  opTypes: ['Range'],
  elements(context, target) {
    const start = context.scalar(0);
    const delta = context.scalar(2);
    if (typeof start !== 'number' || typeof delta !== 'number') return null;
    return Array.from({ length: target.size }, (_, i) =>
      represent(target.dtype, start + i * delta),
    );
  },
};

export const creationElements: readonly ElementRule[] = [
  shape,
  size,
  constant,
  constantOfShape,
  range,
];
