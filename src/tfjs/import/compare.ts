import { inferTypes, modelMacs } from '../../ir/index.js';
import { openSession, type Session } from '../../runtime/index.js';
import { type Tensor, unitRoundoff } from '../../tensor/index.js';
import { blindOutputs } from '../../verify/blind-outputs.js';
import { judgeOutput } from '../../verify/compare/judge.js';
import { amplifications } from '../../verify/compare/reference.js';
import type { InputKind, OutputReport, RunReport } from '../../verify/index.js';
import { describeSubject } from '../../verify/index.js';
import { type Feed, findInputs, seededFeed } from '../../verify/inputs/feeds.js';
import { perturbInputs } from '../../verify/inputs/inputs.js';
import type { Backend } from '../engine/backend.js';
import type { ImportedModel } from './import-model.js';
import { openTfjsModel, type TfjsModel } from './run-tfjs.js';

/** Above this many multiply-accumulates a run, one kind of inputs must do: TensorFlow.js may be slow. */
const largeMacs = 1e8;

/** The comparison of an imported model with TensorFlow.js's own predictions. */
export interface ImportComparison {
  /** npm package and version of TensorFlow.js. */
  readonly package: string;
  readonly version: string;
  readonly seed: number;
  readonly equal: boolean;
  readonly runs: readonly RunReport[];
  /** Things that weaken the verdict, as sentences. */
  readonly notes: readonly string[];
}

const unit = unitRoundoff('float32');

async function judge(
  session: Session,
  tfjs: TfjsModel,
  feed: Feed,
  roundings: number,
): Promise<OutputReport[]> {
  const inputs = feed.tensors();
  const actual = await session.run(inputs);
  // onnxruntime measures what the layers do to an error: it is much the faster of the two.
  const step = Math.sqrt(unit);
  const changed = await session.run(perturbInputs(inputs, step, feed.seed ?? 0));
  const amplification = amplifications(actual, changed, step);
  const expected = await tfjs.predict(inputs);
  const run = { feed, outputs: expected, unitRoundoff: unit, amplification };
  const standard = {
    roundings,
    deviceRoundoff: unit,
    underflow: new Map<string, number>(),
    tolerance: undefined,
  };
  return [...expected].map(([name, tensor]) =>
    judgeOutput(name, tensor, actual.get(name) as Tensor, run, standard),
  );
}

/**
 * Runs the TensorFlow.js model itself and the ONNX file on the same seeded inputs. The tolerance is the rounding bound by
 * which two ONNX models are compared.
 * @param path the written file
 * @throws ReparamError when TensorFlow.js cannot load or run the model, UnrunnableError when onnxruntime cannot.
 */
export async function compareWithTfjs(
  imported: ImportedModel,
  path: string,
  backend: Backend,
  seed = 0,
): Promise<ImportComparison> {
  const { model } = imported;
  const subject = describeSubject(model, { path });
  const session = await openSession({ path }, { optimization: 'disabled' });
  try {
    const accepted = await findInputs(session, subject.inputs, new Map(), seed);
    const inputShapes = new Map(accepted.specs.map(({ name, dims }) => [name, dims]));
    const macs = modelMacs(model, inferTypes(model, { inputShapes }));
    const kinds: InputKind[] = macs > largeMacs ? ['normal'] : ['normal', 'uniform', 'borders'];
    const runs: RunReport[] = [];
    await using tfjs = await openTfjsModel(imported, backend);
    for (const kind of kinds) {
      const feed = seededFeed(accepted, kind, seed);
      const outputs = await judge(session, tfjs, feed, 2 * subject.roundings);
      runs.push({ device: 'cpu', kind, seed, source: null, dims: feed.dims, outputs });
    }
    const equal = runs.every(({ outputs }) => outputs.every((output) => output.equal));
    const notes = blindOutputs(runs);
    const version = backend.tf.version_core;
    return { package: backend.package, version, seed, equal, runs, notes };
  } finally {
    await session.release();
  }
}
