import { float, type Value } from '../ir/index.js';
import { plus, times } from './arithmetic.js';
import type { TypedBuilder } from './builder.js';

/** A slope so steep that HardSigmoid jumps from 0 to 1 between 0 and the smallest normal number. */
const steep = float(3e38);

/** 1 where `x > 0`, else 0. */
export const positive = (b: TypedBuilder, x: Value): Value =>
  // Faster than a comparison and a Cast or Where, and on every device.
  b.op('HardSigmoid', [x], { alpha: steep, beta: float(0) });

/** 1 where `x > 0`, −1 where `x < 0`, 0 where `x = 0`. */
export const sign = (b: TypedBuilder, x: Value): Value =>
  plus(b, times(b, b.op('HardSigmoid', [x], { alpha: steep, beta: float(0.5) }), 2), -1);
