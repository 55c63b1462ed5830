import { internalError } from '../../errors.js';
import { type Context, type Learner, type Side, start } from './side.js';
import type { Values } from './trainer.js';

export const norm = (values: Iterable<number>): number => {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
};

export const minus = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array =>
  Float64Array.from(a, (value, i) => value - (b[i] as number));

/**
 * By how much two networks on their way differ: the largest ‖a − b‖ of any parameter after any step, divided by how far
 * a's has been from its start by then.
 */
export class Distance {
  readonly #start: Values;
  readonly #farthest = new Map<string, number>();
  #worst = 0;

  constructor(start: Values) {
    this.#start = start;
  }

  /** Compares the networks after a step. A bias that b does not learn has no numbers there. */
  add(a: Values, b: Values): void {
    for (const [name, values] of a) {
      const [origin, other] = [this.#start.get(name) ?? [], b.get(name) ?? []];
      if (other.length !== values.length) {
        if (other.length === 0 && name.endsWith('.bias')) continue;
        throw internalError(`'${name}' cannot be compared`);
      }
      const change = norm(minus(values, origin));
      const farthest = Math.max(this.#farthest.get(name) ?? 0, change);
      this.#farthest.set(name, farthest);
      const difference = norm(minus(values, other));
      this.#worst = Math.max(this.#worst, difference === 0 ? 0 : difference / farthest);
    }
  }

  get worst(): number {
    return this.#worst;
  }
}

/** Opens two sides, the second one where the first one is. */
export async function inPairs<T>(
  context: Context,
  a: Side,
  b: Side,
  use: (one: Learner, other: Learner) => Promise<T>,
): Promise<T> {
  const one = await start(context, a);
  try {
    const other = await start(context, b);
    try {
      await other.moveTo(await one.merged());
      return await use(one, other);
    } finally {
      await other.trainer.release();
    }
  } finally {
    await one.trainer.release();
  }
}

/** Trains two sides on the same batches. @returns the {@link Distance} between them */
export const difference = (context: Context, a: Side, b: Side): Promise<number> =>
  inPairs(context, a, b, async (one, other) => {
    const distance = new Distance(await one.merged());
    const { steps = 40 } = context;
    for (let step = 1; step <= steps; step++) {
      await one.learn(step);
      await other.learn(step);
      distance.add(await one.merged(), await other.merged());
    }
    return distance.worst;
  });
