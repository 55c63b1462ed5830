import { inputError, internalError } from '../errors.js';
import {
  exposeValues,
  inferTypes,
  type Model,
  type TensorType,
  type Types,
  type Value,
} from '../ir/index.js';
import { copySource, type Device, openSession, type SessionOptions } from '../runtime/index.js';
import type { Tensor } from '../tensor/index.js';
import { type SpatialConv, spatialConvs } from './convs.js';
import { canBeCut, constantOf, type Piece, pieceModel, planPieces } from './pieces.js';

/** What some convolutions read. */
export interface ConvInput {
  readonly convs: readonly SpatialConv[];
  /** [N, C, ...spatial] */
  readonly tensor: Tensor;
}

export interface FeatureMapOptions {
  /** Where the model runs; the CPU by default. */
  readonly device?: Device;
  /** Threads an operator may use. */
  readonly threads?: number;
  /** Hears after each piece of the model how many bytes of feature maps are held, those just computed included. */
  readonly onHeld?: (bytes: number) => void;
}

/**
 * The inputs of a model's spatial convolutions for one batch of images, in the order in which they are computed, each
 * once however many convolutions read it. The model runs piece by piece: nothing is computed twice, and only what
 * later pieces read is held. A model that cannot be cut (subgraphs, operators of other domains) runs whole, once for
 * each input, so that not more than one of them is held.
 * @param model in inference form, with the weights of the moment
 * @param images [N, C, H, W]
 * @throws ReparamError for a model that takes anything but images, or that onnxruntime cannot run
 */
export async function* featureMaps(
  model: Model,
  images: Tensor,
  options: FeatureMapOptions = {},
): AsyncGenerator<ConvInput, void, void> {
  const readers = new Map<Value, SpatialConv[]>();
  for (const conv of spatialConvs(model)) {
    readers.set(conv.input, [...(readers.get(conv.input) ?? []), conv]);
  }
  if (readers.size === 0) return;
  const types = inferTypes(model);
  const pieces = planPieces(model, new Set(readers.keys()));
  const input = imagesOf(model);
  const isCut = canBeCut(model, pieces, types);
  const run = { model, input, images, types, options };
  const values = isCut ? cutRun(run, pieces) : wholeRuns(run, [...readers.keys()]);
  const convs = readers.get(input);
  if (convs) yield { convs, tensor: images };
  for await (const [value, tensor] of values) {
    const convs = readers.get(value);
    if (convs) yield { convs, tensor };
  }
}

/** The input that takes images. */
function imagesOf({ graph }: Model): Value {
  const inputs = graph.inputs.filter((input) => !input.constant);
  const [input] = inputs;
  if (input && inputs.length === 1) return input;
  throw inputError(`the model has ${inputs.length} inputs, and one that takes images is needed`);
}

interface Run {
  readonly model: Model;
  readonly input: Value;
  readonly images: Tensor;
  readonly types: Types;
  readonly options: FeatureMapOptions;
}

type Values = AsyncGenerator<readonly [Value, Tensor], void, void>;

const typeOf = ({ dtype, dims }: Tensor): TensorType => ({ dtype, shape: dims });

/** Without the arena, for a session runs once. */
const sessionOptions = ({ device = 'cpu', threads }: FeatureMapOptions): SessionOptions => ({
  device,
  arena: false,
  ...(threads === undefined ? {} : { threads }),
});

async function* cutRun({ model, input, images, types, options }: Run, pieces: Piece[]): Values {
  const held = new Map<Value, Tensor>([[input, images]]);
  for (const piece of pieces) {
    const feeds = piece.inputs.map((value) => [value, held.get(value) as Tensor] as const);
    const inputs = new Map(feeds.map(([value, tensor]) => [value, typeOf(tensor)]));
    const part = pieceModel(model, { inputs, outputs: piece.outputs }, types);
    if (!part.ok) throw internalError(`a piece cannot be cut out: ${part.refusal.reason}`);
    const results = await runOnce(
      part.value,
      feeds.map(([, tensor]) => tensor),
      options,
    );
    piece.outputs.forEach((value, i) => {
      held.set(value, results[i] as Tensor);
    });
    options.onHeld?.([...held.values()].reduce((sum, tensor) => sum + tensor.byteLength, 0));
    const wanted = piece.wanted.map((value) => [value, held.get(value) as Tensor] as const);
    for (const value of piece.finished) held.delete(value);
    yield* wanted;
  }
}

/** Inputs and outputs by their places: names in an extracted model may differ. */
async function runOnce(
  model: Model,
  feeds: readonly Tensor[],
  options: FeatureMapOptions,
): Promise<Tensor[]> {
  const session = await openSession(model, sessionOptions(options));
  const named = model.graph.inputs.map(({ name }, i) => [name, feeds[i] as Tensor] as const);
  try {
    const results = await session.run(new Map(named));
    return model.graph.outputs.map(({ name }) => results.get(name) as Tensor);
  } finally {
    await session.release();
  }
}

async function* wholeRuns(
  { model, input, images, types, options }: Run,
  wanted: readonly Value[],
): Values {
  for (const value of wanted) {
    if (value === input || constantOf(value)) continue;
    const copy = await copySource(model);
    const target = valueNamed(copy, value.name);
    target.type ??= types.of(value);
    exposeValues(copy.graph, [target]);
    const session = await openSession(copy, sessionOptions(options));
    try {
      const results = await session.run(new Map([[input.name, images]]), [value.name]);
      const tensor = results.get(value.name) as Tensor;
      options.onHeld?.(tensor.byteLength);
      yield [value, tensor];
    } finally {
      await session.release();
    }
  }
}

function valueNamed({ graph }: Model, name: string): Value {
  for (const node of graph.nodes) {
    const found = node.results.find((result) => result.name === name);
    if (found) return found;
  }
  throw internalError(`the copy of a model lacks the value '${name}'`);
}
