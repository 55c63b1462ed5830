import { GraphBuilder, type Model, type Value } from '../../ir/index.js';
import { elementCount, Tensor } from '../../tensor/index.js';
import { UnrunnableError } from '../errors.js';
import { runModel } from '../session.js';
import { blockConvolutions } from './convolutions.js';
import { nchwc } from './domain.js';

/** Longer than any block, and a multiple of each. */
const manyChannels = 256;

/** Sends two pixels of many channels through a reordering: the second pixel comes where the first block ends. */
async function measuredLength(): Promise<number> {
  const b = new GraphBuilder();
  const dims = [1, manyChannels, 2, 1];
  const x = b.input('x', dims);
  b.output(b.op('ReorderInput', [x], {}, { domain: nchwc.domain }));
  const model = b.model();
  model.opsets.set(nchwc.domain, nchwc.version);
  const isSecondPixel = Float32Array.from({ length: elementCount(dims) }, (_, i) => i % 2);
  const [result] = (
    await runModel(model, new Map([['x', Tensor.floats(dims, isSecondPixel)]]))
  ).values();
  return result ? [...result.toFloats()].indexOf(1) : 0;
}

/** Whole numbers so small that sums of their products are exact in float32. */
const wholeNumbers = (dims: readonly number[], step: number): Tensor =>
  Tensor.floats(
    dims,
    Float32Array.from({ length: elementCount(dims) }, (_, i) => ((i * step) % 11) - 5),
  );

/** A convolution and a depthwise one whose weights are inputs, and what they are fed with. */
function trial(block: number): { model: Model; feeds: Map<string, Tensor> } {
  const channels = 2 * block;
  const b = new GraphBuilder();
  const feeds = new Map([
    ['x', wholeNumbers([1, channels, 5, 4], 7)],
    ['full', wholeNumbers([channels, channels, 3, 2], 3)],
    ['depthwise', wholeNumbers([channels, 1, 3, 2], 5)],
  ]);
  const [x, full, depthwise] = [...feeds].map(([name, { dims }]) => b.input(name, dims)) as [
    Value,
    Value,
    Value,
  ];
  b.output(b.op('Conv', [x, full], { pads: [1, 1, 1, 1] }));
  b.output(b.op('Conv', [x, depthwise], { pads: [1, 1, 1, 1], group: channels }));
  return { model: b.model(), feeds };
}

/** Whether convolutions give the same in blocks of this length: onnxruntime promises nothing about these operators. */
export async function isRight(block: number): Promise<boolean> {
  const { model, feeds } = trial(block);
  const expected = await runModel(model, feeds);
  const found = await runModel(blockConvolutions(model, block), feeds);
  return [...expected].every(([name, tensor]) => {
    const numbers = found.get(name)?.toFloats() ?? [];
    return tensor.toFloats().every((x, i) => x === numbers[i]);
  });
}

async function examine(): Promise<number | null> {
  try {
    const block = await measuredLength();
    return block > 1 && (await isRight(block)) ? block : null;
  } catch (error) {
    // A build of onnxruntime without these operators.
    if (error instanceof UnrunnableError) return null;
    throw error;
  }
}

let known: Promise<number | null> | null = null;

/**
 * How many channels lie together in onnxruntime's blocked layout on this processor (16 with AVX-512, 8 with AVX); null
 * where it has none, or computes something else in it.
 */
export function blockLength(): Promise<number | null> {
  known ??= examine();
  return known;
}
