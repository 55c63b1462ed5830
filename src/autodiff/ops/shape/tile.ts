import { reshape } from '../../layout.js';
import { reduceSum } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** Tile: the cotangents of all repetitions summed up. */
export const tile: GradientRule = {
  opTypes: ['Tile'],
  vjp(view) {
    const { builder: b, cotangent } = view;
    const dims = view.dims(0);
    const apart: number[] = [];
    const repeated: number[] = [];
    dims.forEach((length, axis) => {
      const times = (b.dims(cotangent)[axis] as number) / (length || 1);
      if (times !== 1) repeated.push(apart.push(times) - 1);
      apart.push(length);
    });
    if (repeated.length === 0) return [cotangent];
    return [reduceSum(b, reshape(b, cotangent, apart), repeated, false)];
  },
};
