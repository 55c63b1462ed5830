import type { Attribute, Node } from '../../../ir/index.js';
import { sameAttribute } from '../similarity.js';
import { type Cause, type Difference, numberText } from './cause.js';

/** What ONNX takes for attributes that a node does not state. */
const defaults: Readonly<Record<string, string>> = {
  epsilon: '0.00001',
  group: '1',
  alpha: '',
  axis: '',
  training_mode: '0',
};

/** Attributes that do not change what is computed, or that another cause speaks of. */
const silent = new Set(['momentum', 'training_mode', 'kernel_shape', 'spatial', 'value']);

function text(attribute: Attribute | undefined, name: string): string {
  if (attribute === undefined) return defaults[name] ?? '';
  switch (attribute.kind) {
    case 'float':
      return numberText(attribute.value);
    case 'int':
    case 'string':
      return String(attribute.value);
    case 'ints':
    case 'floats':
      return `[${attribute.value.join(', ')}]`;
    default:
      return 'another value';
  }
}

/** Lists of which all elements are `usual` say the same as no list. */
function isUsual(attribute: Attribute | undefined, name: string): boolean {
  if (attribute === undefined) return true;
  const usual = name === 'pads' ? 0 : 1;
  if (attribute.kind === 'ints' && ['pads', 'strides', 'dilations'].includes(name)) {
    return attribute.value.every((value) => value === usual);
  }
  return text(attribute, name) === defaults[name];
}

function differing(a: Node, b: Node): string[] {
  const names = new Set([...a.attributes.keys(), ...b.attributes.keys()]);
  return [...names].flatMap((name) => {
    const [x, y] = [a.attributes.get(name), b.attributes.get(name)];
    if (silent.has(name) || sameAttribute(x, y)) return [];
    if (isUsual(x, name) && isUsual(y, name)) return [];
    const [before, after] = [text(x, name) || 'not set', text(y, name) || 'not set'];
    if (before === after) return [];
    return [`${name} of ${b.label} is ${after}, in the first model ${before}`];
  });
}

/** Other epsilon, pads, strides, axes …: only where both parts have the same operators, else they are no twins. */
export const attributes: Cause = ({ partA, partB, twins }: Difference) => {
  if (partA.nodes.length !== partB.nodes.length) return [];
  return twins.flatMap(([a, b]) => differing(a, b));
};
