import { expect, test } from 'vitest';
import { buildTrainingStep, openStep } from '../../../src/train/step/index.js';
import { relativeError } from '../../models/stored.js';
import { describeOnWebGpu } from '../../webgpu.js';
import { smallBatch, smallNet, smallOptions, trained } from './small-net.js';

describeOnWebGpu('a small network on WebGPU', () => {
  test('trains as on the CPU, with every node on the device', async () => {
    const options = { ...smallOptions, portable: true };
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
});
