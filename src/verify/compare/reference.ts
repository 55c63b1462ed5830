import { type Session, UnrunnableError, type ValueInfo } from '../../runtime/index.js';
import { dataTypes, isFloat, type Tensor } from '../../tensor/index.js';
import {
  generateInputs,
  type InputKind,
  type InputSpec,
  perturbInputs,
  smallestNormal,
} from '../inputs/inputs.js';
import { candidateShapes, type ShapeOverrides } from '../inputs/shapes.js';
import { maxMagnitude } from './compare.js';

/** Inputs that a model accepts. */
export interface AcceptedInputs {
  readonly specs: readonly InputSpec[];
  readonly integerLimit: number;
  /** Seed of the `normal` inputs that were tried. */
  readonly seed: number;
  /** What the model answered them. */
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** One run of the first model, against which the second is held. */
export interface ReferenceRun {
  readonly kind: InputKind;
  readonly seed: number;
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Unit roundoff at the magnitude of these inputs: larger where they are denormal. */
  readonly unitRoundoff: number;
  /** By floating-point output: relative change ÷ relative change of the inputs, at least 1. */
  readonly amplification: ReadonlyMap<string, number>;
}

/** Integer inputs may be indices into something short. */
const integerLimits = [8, 2, 1];

/** Tries shapes until the model runs. @throws the first refusal when none fits. */
export async function findInputs(
  session: Session,
  inputs: readonly ValueInfo[],
  overrides: ShapeOverrides,
  seed: number,
): Promise<AcceptedInputs> {
  const integers = inputs.some(({ type }) => type && dataTypes[type.dtype].kind === 'int');
  let refusal: UnrunnableError | undefined;
  for (const specs of candidateShapes(inputs, overrides)) {
    for (const integerLimit of integers ? integerLimits : integerLimits.slice(0, 1)) {
      try {
        const inputs = generateInputs(specs, { kind: 'normal', seed, integerLimit });
        return { specs, integerLimit, seed, outputs: await session.run(inputs) };
      } catch (error) {
        if (!(error instanceof UnrunnableError)) throw error;
        refusal ??= error;
      }
    }
  }
  throw refusal ?? new UnrunnableError('every shape that its inputs allow is too large to try');
}

function roundoffAt(inputs: ReadonlyMap<string, Tensor>, unitRoundoff: number): number {
  let factor = 1;
  for (const tensor of inputs.values()) {
    const magnitude = isFloat(tensor.dtype) ? maxMagnitude(tensor) : 0;
    if (magnitude > 0) factor = Math.max(factor, smallestNormal(tensor.dtype) / magnitude);
  }
  return unitRoundoff * factor;
}

function maxDifference(a: Tensor, b: Tensor): number {
  if (a.size !== b.size) return 0;
  const x = a.toFloats();
  const y = b.toFloats();
  let max = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = Math.abs((x[i] as number) - (y[i] as number));
    if (difference > max && difference < Number.POSITIVE_INFINITY) max = difference;
  }
  return max;
}

/**
 * Runs the model on seeded inputs, and once more on inputs changed by a random relative step. The step is √u, where
 * the curvature of the model and its rounding errors disturb a finite difference least.
 */
export async function runReference(
  session: Session,
  accepted: AcceptedInputs,
  kind: InputKind,
  seed: number,
  unitRoundoff: number,
): Promise<ReferenceRun> {
  const inputs = generateInputs(accepted.specs, {
    kind,
    seed,
    integerLimit: accepted.integerLimit,
  });
  const isTried = kind === 'normal' && seed === accepted.seed;
  const outputs = isTried ? accepted.outputs : await session.run(inputs);
  const roundoff = roundoffAt(inputs, unitRoundoff);
  const step = Math.sqrt(roundoff);
  const changed = await session.run(perturbInputs(inputs, step, seed));
  const amplification = new Map<string, number>();
  for (const [name, output] of outputs) {
    if (!isFloat(output.dtype)) continue;
    const magnitude = maxMagnitude(output);
    const change =
      magnitude === 0 ? 0 : maxDifference(output, changed.get(name) ?? output) / magnitude;
    amplification.set(name, Math.max(1, change / step));
  }
  return { kind, seed, outputs, unitRoundoff: roundoff, amplification };
}
