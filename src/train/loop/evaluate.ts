import type { Batches } from '../../data/index.js';
import type { Model } from '../../ir/index.js';
import { openSession, type SessionOptions } from '../../runtime/index.js';
import { Tensor } from '../../tensor/index.js';
import type { Loss } from '../losses/index.js';
import { countCorrect, Meter, rows } from './meter.js';

/**
 * Runs a model over a data set as it is deployed.
 * @returns means over all images.
 */
export async function evaluate(
  model: Model,
  batches: Batches,
  loss: Loss,
  options: SessionOptions = {},
  onBatch: (meter: Meter) => void = () => undefined,
): Promise<Meter> {
  const meter = new Meter();
  const session = await openSession(model, options);
  const [input, output] = [session.inputNames[0] as string, session.outputNames[0] as string];
  try {
    for await (const { images, shape, targets } of batches.epoch(0)) {
      const results = await session.run(new Map([[input, Tensor.floats(shape, images)]]), [output]);
      const outputs = results.get(output)?.toFloats() as Float32Array;
      const classes = outputs.length / shape[0];
      const expected = rows(targets, classes);
      let sum = 0;
      for (const row of rows(outputs, classes)) {
        sum += loss.value([...row], [...(expected.next().value as Float32Array)]);
      }
      meter.add(shape[0], sum / shape[0], countCorrect(outputs, targets, classes));
      onBatch(meter);
    }
    return meter;
  } finally {
    await session.release();
  }
}
