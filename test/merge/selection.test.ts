import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Model } from '../../src/ir/index.js';
import { planMerge } from '../../src/merge/index.js';

function twoBlocks(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [1, 2, 4, 4]);
  const block = (from: typeof x, name: string) => {
    const conv = () => b.op('Conv', [from, b.floats([2, 2, 1, 1], [1, 2, 3, 4])]);
    return b.op('Add', [conv(), conv()], {}, { name });
  };
  b.output(block(b.op('Relu', [block(x, 'first')]), 'second'));
  return b.model();
}

const outputs = async (options: Parameters<typeof planMerge>[1]): Promise<string[]> =>
  (await planMerge(twoBlocks(), options)).regions.map(({ output }) => output.name);

describe('choosing regions by name', () => {
  it('takes all without a choice', async () => {
    expect(await outputs({})).toEqual(['first_output', 'second_output']);
  });

  it('takes those named, by id or output', async () => {
    expect(await outputs({ only: ['R2'] })).toEqual(['second_output']);
    expect(await outputs({ only: ['first_output'] })).toEqual(['first_output']);
    expect(await outputs({ skip: ['R2'] })).toEqual(['first_output']);
  });

  it('refuses a name that no region has', async () => {
    await expect(outputs({ only: ['R3'] })).rejects.toThrow("the model has no region 'R3'");
  });
});
