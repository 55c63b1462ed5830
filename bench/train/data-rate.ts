import { openBatches, openDataset } from '../../src/data/index.js';

/** The usual changes of CIFAR's images. */
const augment = 'crop=4,flip,cutout=16';

const batches = 30;

/**
 * Images a second that one worker makes ÷ those that a step takes.
 * @param stepSeconds of one step
 */
export async function dataRatio(batch: number, stepSeconds: number): Promise<number> {
  const examples = await openDataset('synthetic', 'train');
  const source = await openBatches(examples, { batchSize: batch, augment, workers: 1 });
  try {
    let start = 0;
    let made = -1;
    for await (const _ of source.epoch(0)) {
      // The worker starts with the first batch.
      if (made === -1) start = performance.now();
      if (++made === batches) break;
    }
    return (made / ((performance.now() - start) / 1000)) * stepSeconds;
  } finally {
    await source.close();
  }
}
