import { type Session, UnrunnableError, type ValueInfo } from '../../runtime/index.js';
import { dataTypes, type Tensor } from '../../tensor/index.js';
import type { RunInputs } from '../report.js';
import { generateInputs, type InputKind, type InputSpec } from './inputs.js';
import { candidateShapes, otherSizes, type ShapeOverrides } from './shapes.js';

/** What one run is fed with. */
export interface Feed extends RunInputs {
  /** True for sizes that the model accepts beside the first ones: another model may refuse them. */
  readonly otherSize: boolean;
  /** Makes the inputs, by their names in the first model. */
  tensors(): ReadonlyMap<string, Tensor>;
}

/** Inputs that a model accepts. */
export interface AcceptedInputs {
  readonly specs: readonly InputSpec[];
  readonly integerLimit: number;
  /** Bytes of what the model answered them. */
  readonly outputBytes: number;
}

/** Integer inputs may be indices into something short. */
const integerLimits = [8, 2, 1];

const bytesOf = (tensors: ReadonlyMap<string, Tensor>): number =>
  [...tensors.values()].reduce((sum, tensor) => sum + tensor.byteLength, 0);

/** Tries shapes until the model runs. @throws the first refusal when none fits. */
export async function findInputs(
  session: Pick<Session, 'run'>,
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
        return { specs, integerLimit, outputBytes: bytesOf(await session.run(inputs)) };
      } catch (error) {
        if (!(error instanceof UnrunnableError)) throw error;
        refusal ??= error;
      }
    }
  }
  throw refusal ?? new UnrunnableError('every shape that its inputs allow is too large to try');
}

/** Sizes that the model accepts beside those found first. */
export async function findOtherSizes(
  session: Pick<Session, 'run'>,
  inputs: readonly ValueInfo[],
  overrides: ShapeOverrides,
  { specs, integerLimit }: AcceptedInputs,
): Promise<AcceptedInputs[]> {
  const accepted: AcceptedInputs[] = [];
  for (const choices of otherSizes(inputs, overrides, specs)) {
    for (const other of choices) {
      const tried = generateInputs(other, { kind: 'constant', seed: 0, integerLimit });
      const answer = await session.run(tried).catch((error: unknown) => {
        if (!(error instanceof UnrunnableError)) throw error;
        return null;
      });
      if (!answer) continue;
      accepted.push({ specs: other, integerLimit, outputBytes: bytesOf(answer) });
      break;
    }
  }
  return accepted;
}

const dimsOf = (tensors: Iterable<readonly [string, { readonly dims: readonly number[] }]>) =>
  Object.fromEntries([...tensors].map(([name, { dims }]) => [name, dims]));

/** Seeded numbers, made when they are needed. */
export function seededFeed(
  { specs, integerLimit }: AcceptedInputs,
  kind: InputKind,
  seed: number,
  otherSize = false,
): Feed {
  return {
    kind,
    seed,
    source: null,
    dims: dimsOf(specs.map((spec) => [spec.name, spec] as const)),
    otherSize,
    tensors: () => generateInputs(specs, { kind, seed, integerLimit }),
  };
}

/** What the user gave. */
export const givenFeed = (source: string, inputs: ReadonlyMap<string, Tensor>): Feed => ({
  kind: 'given',
  seed: null,
  source,
  dims: dimsOf(inputs),
  otherSize: false,
  tensors: () => inputs,
});
