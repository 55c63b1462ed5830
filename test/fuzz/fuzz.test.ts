import { describe, expect, it } from 'vitest';
import { internalError } from '../../src/errors.js';
import { allGraphs, printGraph } from '../../src/ir/index.js';
import { decodeModel, encodeModel } from '../../src/onnx/index.js';
import { fuzz, type Stage, spoiledFile } from './fuzz.js';
import { seedModels } from './seeds.js';

/** Up to 100,000 take some minutes. */
const runs = Number(process.env.FUZZ_RUNS ?? 4000);
const seeds = seedModels();

/** What is accepted can be written, read again and printed, and its constants can be read. */
const codec: Stage = (bytes) => {
  const model = decodeModel(bytes);
  for (const graph of allGraphs(model.graph)) {
    for (const { constant } of graph.initializers) {
      if (constant && constant.dtype !== 'string' && constant.size < 2 ** 20) readBytes(() => constant.bytes);
    }
  }
  printGraph(decodeModel(encodeModel(model)));
};
