import type { Dim } from '../../value.js';
import { axisIn } from '../dims.js';
import { sliceRanges, splitParts } from '../rules/slicing.js';
import { smallDims } from '../table.js';
import { broadcastInput } from './arithmetic.js';
import { strided, strides } from './arrays.js';
import type { ElementRule } from './rule.js';

/** Operators that change the shape and leave the elements in order. */
const sameOrder: ElementRule = {
  opTypes: ['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'],
  elements: (context) => context.elements(0),
};

const expand: ElementRule = {
  opTypes: ['Expand'],
  elements: (context, target) => broadcastInput(context, 0, target),
};

const transpose: ElementRule = {
  opTypes: ['Transpose'],
  elements(context, target) {
    const source = context.elements(0);
    const dims = smallDims(context.type(0));
    if (!source || !dims) return null;
    const perm = context.node.ints('perm') ?? [...dims.keys()].reverse();
    const steps = strides(dims);
    return strided(
      source,
      target.dims,
      perm.map((axis) => steps[axis] ?? 0),
    );
  },
};

const slice: ElementRule = {
  opTypes: ['Slice'],
  elements(context, target) {
    const source = context.elements(0);
    const dims = smallDims(context.type(0));
    const ranges = dims && sliceRanges(context, dims);
    if (!source || !dims || !ranges?.every(({ start, step }) => start !== null && step !== null))
      return null;
    const steps = strides(dims);
    const offset = ranges.reduce((at, { start }, i) => at + (start ?? 0) * (steps[i] ?? 0), 0);
    return strided(
      source,
      target.dims,
      ranges.map(({ step }, i) => (step ?? 0) * (steps[i] ?? 0)),
      offset,
    );
  },
};

const split: ElementRule = {
  opTypes: ['Split'],
  elements(context, target) {
    const source = context.elements(0);
    const dims = smallDims(context.type(0));
    const cut = dims && splitParts(context, dims);
    if (!source || !cut) return null;
    const before = cut.parts.slice(0, target.index);
    const steps = strides(dims);
    const start = before.reduce<number>((at, part) => at + Number(part), 0);
    return strided(source, target.dims, steps, start * (steps[cut.axis] ?? 0));
  },
};

const gather: ElementRule = {
  opTypes: ['Gather'],
  elements(context, target) {
    const source = context.elements(0);
    const indices = context.elements(1);
    const dims = smallDims(context.type(0));
    const axis = dims && axisIn(context.node.int('axis', 0), dims.length);
    if (!source || !indices || !dims || axis === null) return null;
    const length = dims[axis] ?? 0;
    const inner = strides(dims)[axis] ?? 1;
    const block = inner * indices.length;
    return Array.from({ length: target.size }, (_, at): Dim => {
      const index = axisIn(indices[Math.floor(at / inner) % indices.length] ?? null, length);
      if (index === null) return null;
      const outer = Math.floor(at / block);
      return source[(outer * length + index) * inner + (at % inner)] ?? null;
    });
  },
};

const concat: ElementRule = {
  opTypes: ['Concat'],
  elements(context, target) {
    const axis = axisIn(context.node.int('axis', 0), target.dims.length);
    if (axis === null) return null;
    const inner = strides(target.dims)[axis] ?? 1;
    const parts = context.node.inputs
      .map((_, i) => ({
        block: (smallDims(context.type(i))?.[axis] ?? 0) * inner,
        elements: context.elements(i) ?? [],
      }))
      .filter(({ block }) => block > 0);
    const outer = target.dims.slice(0, axis).reduce((a, b) => a * b, 1);
    const result: Dim[] = [];
    for (let row = 0; row < outer; row++) {
      for (const { block, elements } of parts) {
        for (let i = row * block; i < (row + 1) * block; i++) result.push(elements[i] ?? null);
      }
    }
    return result;
  },
};

/** The elements of the branch taken, where the condition is known. */
const conditional: ElementRule = {
  opTypes: ['If'],
  elements(context, target) {
    const condition = context.scalar(0);
    if (condition === null) return null;
    return context.bodyElements(condition === 0 ? 'else_branch' : 'then_branch', target.index);
  },
};

export const movementElements: readonly ElementRule[] = [
  sameOrder,
  conditional,
  expand,
  transpose,
  slice,
  split,
  gather,
  concat,
];
