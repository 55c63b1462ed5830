import { type Batch, type Batches, type Examples, examplesOf } from '../../../src/data/index.js';
import { uniform } from '../../../src/tensor/index.js';

/** Images [3, 8, 6] of noise in 5 classes. */
export function noise(count: number): Examples {
  const random = uniform(3);
  return examplesOf({
    name: 'noise',
    split: 'train',
    classes: ['a', 'b', 'c', 'd', 'e'],
    labels: Int32Array.from({ length: count }, (_, i) => i % 5),
    notes: [],
    storage: {
      kind: 'pixels',
      shape: [3, 8, 6],
      pixels: Uint8Array.from({ length: count * 144 }, () => 256 * random()),
    },
    mean: [0.5, 0.4, 0.3],
    std: [0.2, 0.3, 0.4],
  });
}

/** All batches of an epoch. */
export async function all(batches: Batches, epoch: number, start = 0): Promise<Batch[]> {
  const found: Batch[] = [];
  for await (const batch of batches.epoch(epoch, { start })) found.push(batch);
  return found;
}
