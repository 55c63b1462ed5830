import { describe, expect, it } from 'vitest';
import { Tensor } from '../../src/tensor/index.js';
import { Agreement } from '../../src/verify/agreement.js';
import { compareTensors } from '../../src/verify/compare/compare.js';

const tensor = (dims: number[], values: number[]) => Tensor.fromNumbers('float32', dims, values);

/** The figures of one output over pairs of tensors, each of a sample of its own. */
function agreement(...pairs: (readonly [expected: Tensor, actual: Tensor])[]) {
  const all = new Agreement('cpu');
  for (const [i, [expected, actual]] of pairs.entries()) {
    const error = compareTensors(expected, actual, { absolute: 0, relative: 0 });
    all.add(`sample ${i}`, 'y', expected, actual, error);
  }
  const [output] = all.report().outputs;
  if (!output) throw new Error('no output was counted');
  return output;
}

const scores = (...values: number[]) => tensor([1, values.length], values);

describe('agreement of two models on samples', () => {
  it('adds up cosines, and signal and noise', () => {
    const output = agreement(
      [scores(3, 4), scores(3, 4)],
      [scores(1, 0), scores(1, 1)],
      [scores(0, 2), scores(0, 2)],
    );
    expect(output.cosine).toBeCloseTo((2 + Math.SQRT1_2) / 3, 12);
    expect(output.worstCosine).toBeCloseTo(Math.SQRT1_2, 12);
    expect(output.worst).toBe('sample 1');
    // Signal 25 + 1 + 4, noise 1.
    expect(output.sqnr).toBeCloseTo(10 * Math.log10(30), 12);
  });

  it('has no ratio without noise, and none that hides that there is no signal', () => {
    expect(agreement([scores(1, 2), scores(1, 2)]).sqnr).toBeNull();
    expect(agreement([scores(0, 0), scores(0, 0)])).toMatchObject({ cosine: 1, sqnr: null });
    const output = agreement([scores(0, 0), scores(1, 2)]);
    expect(output).toMatchObject({ cosine: 0, worstCosine: 0, worst: 'sample 0' });
    expect(output.sqnr).toBeLessThan(-1000);
  });

  it('counts samples with the same best class, and shares of the five best', () => {
    const output = agreement(
      [scores(9, 8, 7, 6, 5, 0, 0, 0), scores(9, 8, 7, 6, 5, 0, 0, 0)],
      // Another best one, but the same five.
      [scores(9, 8, 7, 6, 5, 0, 0, 0), scores(8, 9, 7, 6, 5, 0, 0, 0)],
      // The same best one; of the five, three.
      [scores(9, 8, 7, 6, 5, 0, 0, 0), scores(9, 8, 7, 0, 0, 1, 1, 0)],
    );
    expect(output.top1).toBeCloseTo(2 / 3, 12);
    expect(output.topK).toEqual({ k: 5, share: expect.closeTo((1 + 1 + 0.6) / 3, 12) });
  });

  it('compares no more classes than make a choice', () => {
    expect(agreement([scores(1, 2, 3), scores(1, 3, 2)])).toMatchObject({
      top1: 0,
      topK: { k: 2, share: 1 },
    });
    expect(agreement([scores(1, 2), scores(1, 2)])).toMatchObject({ top1: 1, topK: null });
    expect(agreement([scores(1), scores(1)])).toMatchObject({ top1: null, topK: null });
  });

  it('takes the lower of two classes that are equal, in both models', () => {
    expect(agreement([scores(1, 1, 0), scores(1, 1, 0)]).top1).toBe(1);
    expect(agreement([scores(1, 1, 0), scores(0, 1, 0)]).top1).toBe(0);
  });

  it.each([
    ['[N, C]', [2, 3], [1, 2, 3, 3, 2, 1], [1, 2, 3, 1, 2, 3]],
    ['[N, T, C]', [1, 2, 3], [1, 2, 3, 3, 2, 1], [1, 2, 3, 1, 2, 3]],
    // Channels are the classes of a pixel: class 2 and class 0.
    ['[N, C, H, W]', [1, 3, 1, 2], [1, 3, 2, 2, 3, 1], [1, 1, 2, 2, 3, 3]],
  ])('finds the classes of %s', (_, dims, expected, actual) => {
    expect(agreement([tensor(dims, expected), tensor(dims, actual)]).top1).toBe(0.5);
  });

  it('leaves out what is no score, but counts its samples', () => {
    const all = new Agreement('cpu');
    const labels = Tensor.int64s([1, 2]);
    all.add('a', 'label', labels, labels, null);
    all.add('b', 'label', labels, labels, null);
    all.add('b', 'y', scores(1), scores(1, 2), null);
    expect(all.report()).toEqual({ device: 'cpu', samples: 2, outputs: [] });
  });
});
