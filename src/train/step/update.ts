import type { TypedBuilder } from '../../autodiff/index.js';
import type { Value } from '../../ir/index.js';
import type { Slot, TransformContext, Update } from '../../optimizers/index.js';
import { elementBytes, Tensor } from '../../tensor/index.js';
import type { ScalarInput, StateTensor } from './step.js';

export function zerosLike(b: TypedBuilder, value: Value): Tensor {
  const [dtype, dims] = [b.dtype(value), b.dims(value)];
  return new Tensor(dtype, dims, new Uint8Array(b.size(value) * elementBytes(dtype)));
}

/** Notes the state and the host's numbers that the nodes of an optimizer ask for while they are built. */
export class UpdateBuilder implements TransformContext {
  readonly builder: TypedBuilder;
  readonly state: StateTensor[] = [];
  readonly scalars: ScalarInput[] = [];
  readonly #scalars = new Map<string, Value>();
  readonly #held = new Map<string, Value>();

  constructor(builder: TypedBuilder) {
    this.builder = builder;
  }

  scalar(name: string, compute: ScalarInput['compute']): Value {
    const known = this.#scalars.get(name);
    if (known) return known;
    const value = this.builder.input(name, []);
    this.#scalars.set(name, value);
    this.scalars.push({ name, compute });
    return value;
  }

  slot({ name, weight }: Update, kind: string): Slot {
    return this.input(`${kind}.${name}`, 'optimizer', zerosLike(this.builder, weight));
  }

  held(name: string, initial: Tensor): Value {
    const known = this.#held.get(name);
    if (known) return known;
    const { value, set } = this.input(name, 'scaling', initial);
    set(value);
    this.#held.set(name, value);
    return value;
  }

  /** A tensor that is kept from step to step. */
  input(name: string, kind: StateTensor['kind'], initial: Tensor): Slot {
    const value = this.builder.input(name, initial.dims, initial.dtype);
    return { value, set: (next) => this.keep(value, next, kind, initial) };
  }

  /** Declares that `next` takes the place of the graph input `value` after the step. */
  keep(value: Value, next: Value, kind: StateTensor['kind'], initial: Tensor): void {
    this.state.push({ name: value.name, next: this.output(next), kind, initial });
  }

  /** Declares an output. @returns its name */
  output(value: Value): string {
    // One value cannot be two outputs, and an input cannot be one.
    const taken = value.producer === null || value.outputOf.size > 0;
    const output = taken ? this.builder.op('Identity', [value]) : value;
    this.builder.output(output);
    return output.name;
  }
}
