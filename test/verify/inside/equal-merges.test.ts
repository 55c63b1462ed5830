import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportedCases } from '../../../fixtures/exported-cases.js';
import type { Model } from '../../../src/ir/index.js';
import { loadModel } from '../../../src/onnx/index.js';
import { uniform } from '../../../src/tensor/index.js';
import { verifyModels } from '../../../src/verify/index.js';
import { randomImages } from '../../merge/random/images.js';
import { randomMatrices } from '../../merge/random/matrices.js';
import { copyOf, mergedCopy, numberValues, shuffle } from './edits.js';

const equal = { status: 'equal', inside: { divergences: [] }, notes: [] };

/** The same function without names, in another order: only the structure says what stands for what. */
async function disguised(model: Model, seed: number): Promise<Model> {
  const merged = numberValues(await mergedCopy(model), 1000);
  shuffle(merged, uniform(seed));
  return copyOf(merged);
}

describe('what PyTorch exports', () => {
  // Of every case another exporter.
  const files = exportedCases().map(({ name, models, samples, path }, i) => {
    const { file } = models[i % models.length] as (typeof models)[number];
    return [`${name}/${file}`, path(file), samples[0]?.input.shape ?? []] as const;
  });

  async function expectEqual(model: Model, merged: Model, dims: readonly number[]): Promise<void> {
    const input = model.graph.inputs.find(({ constant }) => constant === null);
    const shapes = new Map([[input?.name ?? '', dims]]);
    const options = { shapes, kinds: ['normal'], inside: 'always' } as const;
    expect(await verifyModels(model, merged, options)).toMatchObject(equal);
  }

  it.each(files)('equals its merge: %s', async (_name, path, dims) => {
    const model = await loadModel(path);
    await expectEqual(model, await mergedCopy(model), dims);
  });

  it.each(files.filter((_, i) => i % 3 === 0))(
    'equals its merge, whatever its names and order: %s',
    async (_name, path, dims) => {
      const model = await loadModel(path);
      await expectEqual(model, await disguised(model, 3), dims);
    },
  );
});

describe('random networks', () => {
  const decisions = fc.array(fc.array(fc.nat(5039), { minLength: 160, maxLength: 160 }), {
    minLength: 3,
    maxLength: 5,
  });

  it.each([
    ['images', randomImages],
    ['matrices', randomMatrices],
  ])('equal their merge, whatever its names and order: %s', async (_name, build) => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(decisions, fc.nat(), async (lists, seed) => {
        const { model, feeds } = build(lists);
        const report = await verifyModels(model, await disguised(model, seed), {
          shapes: new Map([...(feeds[0] ?? [])].map(([name, { dims }]) => [name, dims])),
          kinds: ['normal'],
          inside: 'always',
        });
        // onnxruntime lacks some operators in float16 and float64.
        if (report.status === 'unrunnable') return;
        compared++;
        expect(report).toMatchObject({ status: 'equal', inside: { divergences: [] } });
      }),
      {
        numRuns: Number(process.env.VERIFY_RUNS ?? 30),
        seed: Number(process.env.VERIFY_SEED ?? 1),
      },
    );
    expect(compared).toBeGreaterThan(20);
  });
});
