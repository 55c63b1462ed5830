import { inputError, ReparamError } from '../errors.js';
import { openSession, UnrunnableError, type ValueInfo } from '../runtime/index.js';
import type { Tensor } from '../tensor/index.js';
import { type InputSpec, type ShapeOverrides, toSubject } from '../verify/index.js';
import { type AcceptedInputs, findInputs } from '../verify/inputs/feeds.js';
import { type Correspondence, inputsFor, matchInterfaces } from '../verify/match.js';

/** The models that are to be run, and how their inputs correspond. */
export interface Plan {
  readonly paths: readonly string[];
  readonly matched: Pick<Correspondence, 'inputs' | 'inputNames' | 'casts' | 'notes'>;
}

/** @throws ReparamError for models that cannot be read, or whose inputs and outputs do not correspond. */
export async function planModels(a: string, b: string | null): Promise<Plan> {
  const first = await toSubject({ path: a });
  if (b === null) {
    const { inputs } = first;
    return { paths: [a], matched: { inputs, inputNames: new Map(), casts: new Map(), notes: [] } };
  }
  const matching = matchInterfaces(first, await toSubject({ path: b }));
  if (!matching.ok) throw inputError(`the models cannot be compared: ${matching.refusal.reason}`);
  return { paths: [a, b], matched: matching.value };
}

const openBatches = (inputs: readonly ValueInfo[]): Set<string> =>
  new Set(
    inputs
      .filter(({ type }) => (type?.shape?.length ?? 0) > 0 && typeof type?.shape?.[0] !== 'number')
      .map(({ name }) => name),
  );

/** Shapes with another batch. @throws ReparamError where no input leaves it open. */
function withBatch(
  inputs: readonly ValueInfo[],
  specs: readonly InputSpec[],
  batch: number,
): ReadonlyMap<string, readonly number[]> {
  const open = openBatches(inputs);
  const fixed = specs.find(({ dims }) => dims.length > 0 && dims[0] !== batch);
  if (open.size === 0 && fixed) {
    throw new ReparamError(
      'usage',
      `a batch of ${batch} was asked for, but input '${fixed.name}' always takes ${fixed.dims[0]}`,
      { hint: 'export the model with a dynamic batch axis' },
    );
  }
  return new Map(
    specs
      .filter(({ name }) => open.has(name))
      .map(({ name, dims }) => [name, [batch, ...dims.slice(1)]]),
  );
}

export interface InputPlan {
  readonly batches?: readonly number[];
  readonly shapes?: ShapeOverrides;
  readonly seed?: number;
}

/** The inputs of every case: what the first model accepts, with each batch that was asked for, or one entry. */
export async function planInputs(
  { paths, matched }: Plan,
  { batches, shapes = new Map(), seed = 0 }: InputPlan,
): Promise<AcceptedInputs[]> {
  const session = await openSession({ path: paths[0] as string }, { optimization: 'disabled' });
  const asking = {
    run: (inputs: ReadonlyMap<string, Tensor>) => session.run(inputsFor('a', inputs, matched)),
  };
  try {
    const usual = await findInputs(asking, matched.inputs, shapes, seed);
    const find = (batch: number): Promise<AcceptedInputs> => {
      const wanted = new Map([...shapes, ...withBatch(matched.inputs, usual.specs, batch)]);
      return findInputs(asking, matched.inputs, wanted, seed);
    };
    if (batches) {
      const cases: AcceptedInputs[] = [];
      for (const batch of batches) cases.push(await find(batch));
      return cases;
    }
    const open = openBatches(matched.inputs);
    if (open.size === 0 || [...shapes.keys()].some((name) => open.has(name))) return [usual];
    const single = find(1).catch((error: unknown) => {
      if (!(error instanceof UnrunnableError)) throw error;
      return usual;
    });
    return [await single];
  } finally {
    await session.release();
  }
}
