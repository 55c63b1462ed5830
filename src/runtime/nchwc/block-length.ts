import { GraphBuilder } from '../../ir/index.js';
import { Tensor } from '../../tensor/index.js';
import { UnrunnableError } from '../errors.js';
import { runModel } from '../session.js';
import { nchwc } from './domain.js';

/** Longer than any block, and a multiple of each. */
const channels = 256;

/** Sends two pixels of many channels through a reordering: the second pixel comes where the first block ends. */
async function measure(): Promise<number | null> {
  const b = new GraphBuilder();
  const x = b.input('x', [1, channels, 2, 1]);
  b.output(b.op('ReorderInput', [x], {}, { domain: nchwc.domain }));
  const model = b.model();
  model.opsets.set(nchwc.domain, nchwc.version);
  const isSecondPixel = Float32Array.from({ length: 2 * channels }, (_, i) => i % 2);
  const feeds = new Map([['x', Tensor.floats([1, channels, 2, 1], isSecondPixel)]]);
  try {
    const [result] = (await runModel(model, feeds)).values();
    const length = result ? [...result.toFloats()].indexOf(1) : 0;
    return length > 1 ? length : null;
  } catch (error) {
    // A build of onnxruntime without these operators.
    if (error instanceof UnrunnableError) return null;
    throw error;
  }
}

let measured: Promise<number | null> | null = null;

/**
 * How many channels lie together in onnxruntime's blocked layout on this processor (16 with AVX-512, 8 with AVX); null
 * where it has none.
 */
export function blockLength(): Promise<number | null> {
  measured ??= measure();
  return measured;
}
