import { existsSync } from 'node:fs';
import { beforeEach, describe } from 'vitest';
import { ReparamError } from '../src/errors.js';
import { GraphBuilder } from '../src/ir/index.js';
import { runModel } from '../src/runtime/index.js';
import { Tensor } from '../src/tensor/index.js';

/** SwiftShader, a Vulkan driver that computes on the CPU, as Debian's chromium carries it. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

interface WebGpu {
  readonly available: boolean;
  /** Why it is not available; empty when it is. */
  readonly reason: string;
}

async function findWebGpu(): Promise<WebGpu> {
  // The Vulkan loader reads it when the first session asks for WebGPU.
  const chosen = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (chosen === undefined && existsSync(swiftShader)) process.env.VK_ICD_FILENAMES = swiftShader;
  const b = new GraphBuilder();
  b.output(b.op('Relu', [b.input('x', [1])]));
  const feeds = new Map([['x', Tensor.fromNumbers('float32', [1], [1])]]);
  try {
    await runModel(b.model(), feeds, { device: 'webgpu' });
    return { available: true, reason: '' };
  } catch (error) {
    if (!(error instanceof ReparamError) || error.code !== 'environment') throw error;
    return { available: false, reason: error.message };
  }
}

export const webgpu = await findWebGpu();

/** A suite that needs WebGPU; where there is none, its tests are skipped with the reason. */
export function describeOnWebGpu(title: string, tests: () => void): void {
  describe(title, () => {
    beforeEach(({ skip }) => skip(!webgpu.available, webgpu.reason));
    tests();
  });
}
