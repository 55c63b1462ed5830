import { type Dim, inferTypes, type Model, type Types, type Value } from '../ir/index.js';
import { Tensor } from '../tensor/index.js';

/** Two sets of lengths for symbolic dims: what depends on a length shows when the two disagree. */
const choices = [
  { batch: 1, others: [24, 32, 28, 36] },
  { batch: 2, others: [40, 28, 32, 24] },
] as const;

/** Types of a model for one or two concrete choices of its symbolic lengths (one when it has none). */
export function concreteTypes(model: Model): readonly Types[] {
  const inputs = model.graph.inputs.filter((input) => !input.constant && input.type?.shape);
  const symbolic = inputs.some((input) =>
    input.type?.shape?.some((dim) => typeof dim !== 'number'),
  );
  if (!symbolic) return [inferTypes(model)];
  return choices.map(({ batch, others }) => {
    const numbers = new Map<string, number>();
    const inputShapes = new Map<string, readonly Dim[]>();
    for (const input of inputs) {
      const shape = (input.type?.shape ?? []).map((dim, axis) => {
        if (typeof dim === 'number') return dim;
        const fresh = axis === 0 ? batch : (others[numbers.size % others.length] as number);
        if (dim === null) return fresh;
        const known = numbers.get(dim) ?? fresh;
        numbers.set(dim, known);
        return known;
      });
      inputShapes.set(input.name, shape);
    }
    return inferTypes(model, { inputShapes });
  });
}

export function knownDims(shape: readonly Dim[] | null): readonly number[] | null {
  return shape?.every((dim) => typeof dim === 'number') ? (shape as readonly number[]) : null;
}

/** The result of Shape or Size where inference knows it. */
export function shapeConstant(value: Value, types: Types): Tensor | null {
  if (!value.producer?.is('Shape', 'Size')) return null;
  const numbers = knownDims(types.integers(value));
  if (!numbers) return null;
  return value.producer.is('Size')
    ? Tensor.fromNumbers('int64', [], numbers)
    : Tensor.int64s(numbers);
}
