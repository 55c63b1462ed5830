import { reshape } from '../../autodiff/index.js';
import { eachParameter, type GradientTransform, scalingName } from '../../optimizers/index.js';
import { difference } from './compare.js';
import { sgd } from './experiment.js';
import { type Branch, type ConvShape, sum } from './network/branch.js';
import type { Factors } from './network/merged.js';
import { network, plainNetwork } from './network/network.js';
import {
  afterFrozenPointwise,
  frozenMix,
  pooledPointwise,
  poolingFilter,
} from './network/pointwise.js';
import { window } from './network/window.js';
import { asTensor, type Context } from './side.js';
import { exact, type Theorem } from './theorem.js';

/** `P [I·k², I·k²]`, element by element: from and to a channel and a tap. */
function matrix(
  { inputs, kernel }: ConvShape,
  value: (channel: number, tap: number, otherChannel: number, otherTap: number) => number,
): Float64Array {
  const area = kernel * kernel;
  const size = inputs * area;
  return Float64Array.from({ length: size * size }, (_, flat) => {
    const [row, column] = [Math.floor(flat / size), flat % size];
    const split = (at: number): [number, number] => [Math.floor(at / area), at % area];
    return value(...split(row), ...split(column));
  });
}

/** A branch, and its `S Sᵀ`: weights `W = S V` move by S times how V moves, which is by Sᵀ times the gradient. */
interface Mixing {
  readonly branch: Branch;
  square(shape: ConvShape): Float64Array;
}

const direct: Mixing = {
  branch: window(3, 3),
  square: (shape) => matrix(shape, (i, t, j, u) => Number(i === j && t === u)),
};

const mixed: Mixing = {
  branch: afterFrozenPointwise,
  square(shape) {
    const a = frozenMix(shape);
    const { inputs } = shape;
    return matrix(shape, (i, t, j, u) => {
      if (t !== u) return 0;
      let product = 0;
      for (let m = 0; m < inputs; m++) {
        product += (a[m * inputs + i] as number) * (a[m * inputs + j] as number);
      }
      return product;
    });
  },
};

const pooled: Mixing = {
  branch: pooledPointwise,
  square(shape) {
    const b = poolingFilter(shape);
    return matrix(shape, (i, t, j, u) => (i === j ? (b[t] as number) * (b[u] as number) : 0));
  },
};

/** Multiplies gradients `[O, I, k, k]` with P along all axes but the first. */
const multiplyBy = (matrices: ReadonlyMap<string, Factors>): GradientTransform =>
  eachParameter('preconditioner', (context, { name, value }) => {
    const factors = matrices.get(name);
    if (!factors) return value;
    const { builder: b } = context;
    const [outputs = 1, ...row] = b.dims(value);
    const flat = reshape(b, value, [outputs, row.reduce((x, y) => x * y, 1)]);
    const held = context.held(scalingName(name), asTensor(factors));
    return reshape(b, b.op('MatMul', [flat, held]), [outputs, ...row]);
  });

function preconditioned(context: Context, ...mixings: readonly Mixing[]): Promise<number> {
  const branches = mixings.map(({ branch }) => branch);
  const branched = network([{ branches }, { branches, stride: 2 }]);
  const matrices = new Map(
    branched.shapes.map((shape, i): [string, Factors] => {
      const size = shape.inputs * shape.kernel ** 2;
      const values = sum(mixings.map(({ square }) => square(shape)));
      return [`conv${i + 1}.weight`, { dims: [size, size], values }];
    }),
  );
  const optimizer = { ...sgd, directions: () => [multiplyBy(matrices)] };
  const held = new Map([...matrices].map(([name, factors]) => [scalingName(name), factors]));
  const plain = { network: plainNetwork(branched), optimizer, held };
  return difference(context, { network: branched, optimizer: sgd }, plain);
}

/** Branches that are linear, but mix channels or taps: G becomes a matrix. */
export const preconditioner: readonly Theorem[] = [
  exact('T16', 'a frozen 1×1 with A before a 3×3 multiplies the gradient with AᵀA', (c) =>
    preconditioned(c, mixed),
  ),
  exact('T17a', 'a 3×3 beside a 1×1 with average pooling b multiplies it with I + bbᵀ', (c) =>
    preconditioned(c, direct, pooled),
  ),
  exact('T17b', 'any constant linear branches W = ΣSV multiply it with ΣSSᵀ', (c) =>
    preconditioned(c, direct, mixed, pooled),
  ),
];
