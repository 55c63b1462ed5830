import { describe, expect, it } from 'vitest';
import type { ExportedSample } from '../../fixtures/exported-cases.js';
import { exportedCases } from '../../fixtures/exported-cases.js';
import { type Model, opCounts } from '../../src/ir/index.js';
import { applyMerge, planMerge } from '../../src/merge/index.js';
import { loadModel } from '../../src/onnx/index.js';
import { runModel } from '../../src/runtime/index.js';
import { Tensor } from '../../src/tensor/index.js';

/** Largest difference from the float64 references, relative to the largest output. */
async function relativeError(model: Model, samples: readonly ExportedSample[]): Promise<number> {
  const input = model.graph.inputs.find((value) => value.constant === null);
  const dtype = input?.type?.dtype ?? 'float32';
  let worst = 0;
  for (const { input: values, references } of samples) {
    const feed = Tensor.fromNumbers(dtype, values.dims, values.toNumbers());
    const outputs = [...(await runModel(model, new Map([[input?.name ?? '', feed]]))).values()];
    references.forEach((reference, k) => {
      const actual = outputs[k] as Tensor;
      expect(actual.dims).toEqual(reference.shape);
      const scale = reference.values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const numbers = actual.toNumbers();
      reference.values.forEach((value, i) => {
        worst = Math.max(worst, Math.abs((numbers[i] as number) - value) / scale);
      });
    });
  }
  return worst;
}

/** MatMul and Gemm are one kind here: which of the two is written depends on the bias. */
function counts(model: Model): Record<string, number> {
  const all = opCounts(model);
  const of = (...names: string[]): number =>
    names.reduce((sum, name) => sum + (all.get(name) ?? 0), 0);
  return {
    Conv: of('Conv'),
    ConvTranspose: of('ConvTranspose'),
    MatMul: of('MatMul', 'Gemm'),
    BatchNormalization: of('BatchNormalization'),
  };
}

describe.each(exportedCases().map((exported) => [exported.name, exported] as const))(
  'merging what PyTorch exports: %s',
  (_name, exported) => {
    const models = exported.models.map(({ file }) => file);
    it.each(models)('%s', async (file) => {
      const samples = exported.read();
      const original = await loadModel(exported.path(file));
      const before = await relativeError(original, samples);
      const linear = counts(original).MatMul ?? 0;
      const { model, refused } = await applyMerge(await planMerge(original));
      expect(refused).toEqual([]);
      const expected = { Conv: 0, ConvTranspose: 0, BatchNormalization: 0, ...exported.expected };
      // Exporters choose between MatMul and Gemm; a Gemm that stays is in no expectation.
      const matrices = exported.expected.MatMul ?? Math.min(linear, counts(model).MatMul ?? 0);
      expect(counts(model)).toEqual({ ...expected, MatMul: matrices });
      const rounding = exported.dtype === 'float16' ? 2e-3 : 6e-7;
      expect(await relativeError(model, samples)).toBeLessThanOrEqual(
        Math.max(2 * before, rounding),
      );
    });
  },
);
