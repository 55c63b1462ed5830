import { expect, test } from 'vitest';
import { Tensor } from '../../../src/tensor/index.js';
import { buildTrainingStep, openStep } from '../../../src/train/step/index.js';
import { relativeError } from '../../models/stored.js';
import { describeOnWebGpu } from '../../webgpu.js';
import { smallBatch, smallNet, smallOptions, trained } from './small-net.js';

describeOnWebGpu('a small network on WebGPU', () => {
  test('trains as on the CPU, scaled gradients and all, with every node on the device', async () => {
    const scaling = Tensor.floats([3, 3], Float32Array.of(0.5, 1, 0.5, 1, 3, 1, 0.5, 1, 0.5));
    const optimizerOptions = {
      ...smallOptions.optimizerOptions,
      scaling: new Map([['block.conv2.weight', scaling]]),
    };
    const options = { ...smallOptions, optimizerOptions, portable: true };
    const cpu = await trained(smallNet(), options, 5);
    const open = await openStep(buildTrainingStep(smallNet(), options), {
      device: 'webgpu',
      placement: true,
    });
    try {
      for (const [i, expected] of cpu.losses.entries()) {
        const { loss } = await open.run(smallBatch(i + 1), { step: i + 1, rate: 0.1 });
        expect(loss).toBeCloseTo(expected, 5);
      }
      const placement = await open.placement();
      expect(placement?.fallbacks).toEqual({});
      expect(Object.keys(placement?.nodes ?? {})).toEqual(['WebGpuExecutionProvider']);
      const state = await open.state();
      expect([...state.keys()]).toEqual([...cpu.state.keys()]);
      for (const [name, tensor] of cpu.state) {
        const error = relativeError(state.get(name)!.toNumbers(), [...tensor.toNumbers()]);
        expect(error, name).toBeLessThan(1e-4);
      }
    } finally {
      await open.release();
    }
  });

  test('adds up gradients on the device, in a session of its own', async () => {
    const options = { ...smallOptions, portable: true, trainOnly: ['linear'], accumulate: 2 };
    const states = ['cpu', 'webgpu'].map(async (device) => {
      const open = await openStep(buildTrainingStep(smallNet(), options), {
        device: device as 'cpu' | 'webgpu',
      });
      try {
        for (let step = 1; step <= 2; step++) {
          await open.accumulate(smallBatch(2 * step), { step, rate: 0.1 });
          await open.run(smallBatch(2 * step + 1), { step, rate: 0.1 });
        }
        return await open.state();
      } finally {
        await open.release();
      }
    });
    const [cpu, webgpu] = await Promise.all(states);
    for (const [name, tensor] of cpu!) {
      const error = relativeError(webgpu!.get(name)!.toNumbers(), [...tensor.toNumbers()]);
      expect(error, name).toBeLessThan(1e-4);
    }
  });
});
