import { expect, it } from 'vitest';
import { GraphBuilder, type Model } from '../../../src/ir/index.js';
import { normal } from '../../../src/tensor/index.js';
import { changeConstant, lookInside, nodeNamed } from './edits.js';

const channels = 16;
const layers = 16;

/** Values of 10 MB each, together more than are held at once. */
function tall(): Model {
  const b = new GraphBuilder();
  const random = normal(11);
  const dims = [channels, channels, 1, 1];
  let x = b.input('x', [1, channels, 400, 400]);
  for (let i = 0; i < layers; i++) {
    const weight = b.floats(
      dims,
      new Float64Array(channels * channels).map(() => 0.35 * random()),
    );
    x = b.op(
      'Relu',
      [b.op('Conv', [x, weight], {}, { name: `conv${i}` })],
      {},
      { name: `relu${i}` },
    );
  }
  b.output(x);
  return b.model();
}

it.each(['conv8', 'conv9'])(
  'the node itself is named where values had been left out: %s',
  { timeout: 120_000 },
  async (name) => {
    const spoiled = tall();
    changeConstant(nodeNamed(spoiled, name), 1, (x) => x.with(3, 1.01 * (x[3] as number)));
    const { status, inside } = await lookInside(tall(), spoiled, { kinds: ['normal'] });
    expect(status).toBe('different');
    expect(inside?.values.length).toBeLessThan(2 * layers);
    expect(inside?.divergences.map(({ nodeB }) => nodeB)).toEqual([`Conv '${name}'`]);
  },
);
