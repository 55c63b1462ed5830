import { GraphBuilder, type Model } from '../ir/index.js';
import { Tensor } from '../tensor/index.js';
import { type Device, devices } from './devices.js';
import type { Placement } from './placement.js';
import { openSession } from './session.js';

const size = 5;

/** Small whole numbers: every device must give exactly the right result, in whatever precision it computes. */
const kernel = [1, -2, 3, 2, 0, -1, -3, 1, 2];
const image = Array.from({ length: size * size }, (_, i) => ((i * 7) % 5) - 2);

/** A convolution of 3×3 with padding. */
function convolution(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [1, 1, size, size]);
  b.output(b.op('Conv', [x, b.floats([1, 1, 3, 3], kernel)], { pads: [1, 1, 1, 1] }));
  return b.model();
}

function pixel(row: number, column: number): number {
  const inside = row >= 0 && row < size && column >= 0 && column < size;
  return inside ? (image[row * size + column] as number) : 0;
}

/** What the convolution is, by its definition. */
function expected(row: number, column: number): number {
  let sum = 0;
  for (const [tap, weight] of kernel.entries()) {
    sum += weight * pixel(row + Math.floor(tap / 3) - 1, column + (tap % 3) - 1);
  }
  return sum;
}

/**
 * Runs a small convolution on a device.
 * @returns where its nodes ran.
 * @throws when the device does not work: it is missing, computes something else, or leaves the convolution to the CPU.
 */
export async function tryDevice(device: Device): Promise<Placement> {
  const session = await openSession(convolution(), { device, placement: true });
  try {
    const x = Tensor.fromNumbers('float32', [1, 1, size, size], image);
    const [y] = (await session.run(new Map([['x', x]]))).values();
    for (const [i, value] of (y?.toNumbers() ?? []).entries()) {
      const correct = expected(Math.floor(i / size), i % size);
      if (value !== correct) throw new Error(`a convolution gives ${value} instead of ${correct}`);
    }
    const placement = await session.placement();
    if (!placement?.nodes[devices[device].provider]) {
      throw new Error('onnxruntime runs a convolution on the CPU instead');
    }
    return placement;
  } finally {
    await session.release();
  }
}
