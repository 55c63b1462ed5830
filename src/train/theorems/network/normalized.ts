import { float, type Value } from '../../../ir/index.js';
import { type Branch, type ConvShape, type Read, type Site, scaleRows } from './branch.js';

/** With it, deviations below are numbers of few digits, and float32 holds everything exactly. */
const epsilon = 2 ** -16;

const names = ['norm.weight', 'norm.bias', 'norm.running_mean', 'norm.running_var'] as const;

/** Channel by channel: the factor γ/σ, the deviation σ, the shift β and the mean μ. */
const settings = ({ outputs }: ConvShape) =>
  Array.from({ length: outputs }, (_, o) => {
    const [factor, deviation] = [[0.75, 1.25, 0.5, 1.5][o % 4], [1, 0.75, 1.5, 1.25][o % 4]] as [
      number,
      number,
    ];
    return { factor, deviation, shift: (o - 1) / 32, mean: (2 - o) / 16 };
  });

function addNorm(site: Site, x: Value): Value {
  const channels = settings(site.shape);
  const values = [
    channels.map(({ factor, deviation }) => factor * deviation),
    channels.map(({ shift }) => shift),
    channels.map(({ mean }) => mean),
    channels.map(({ deviation }) => deviation ** 2 - epsilon),
  ];
  const operands = values.map((numbers, i) => {
    let channel = 0;
    return site.initializer(
      names[i] as string,
      [numbers.length],
      () => numbers[channel++] as number,
    );
  });
  const attributes = { epsilon: float(epsilon) };
  return site.builder.op('BatchNormalization', [x, ...operands], attributes);
}

/** A branch behind a batch norm that keeps its statistics, scale and shift: a scale γ/σ a channel. */
export function withFrozenNorm(branch: Branch): Branch {
  const factors = (shape: ConvShape, power = 1): number[] =>
    settings(shape).map(({ factor }) => factor ** power);
  return {
    build: (site) => addNorm(site, branch.build(site)),
    kernel: (shape, read) => scaleRows(branch.kernel(shape, read), factors(shape)),
    scaling: (shape, power) => scaleRows(branch.scaling(shape, power), factors(shape, power)),
    bias: {
      values: (shape) =>
        Float64Array.from(settings(shape), ({ factor, shift, mean }) => shift - factor * mean),
      scaling: null,
    },
    frozen: ['norm.weight', 'norm.bias'],
  };
}

/**
 * A branch behind a batch norm in training mode with γ frozen, so that nothing but the statistics of the batch changes
 * how it is scaled. The running statistics that it reads must be those of the batch.
 */
export function withTrainedNorm(branch: Branch): Branch {
  const factors = (shape: ConvShape, read: Read): number[] => {
    const variances = read('norm.running_var');
    // The running variance takes the unbiased estimate.
    const share = (shape.positions - 1) / shape.positions;
    return settings(shape).map(({ factor, deviation }, o) => {
      const variance = share * (variances[o] as number);
      return (factor * deviation) / Math.sqrt(variance + epsilon);
    });
  };
  return {
    build: (site) => addNorm(site, branch.build(site)),
    kernel: (shape, read) => scaleRows(branch.kernel(shape, read), factors(shape, read)),
    scaling: branch.scaling,
    bias: {
      values(shape, read) {
        const [scales, means] = [factors(shape, read), read('norm.running_mean')];
        return read('norm.bias').map(
          (beta, o) => beta - (scales[o] as number) * (means[o] as number),
        );
      },
      scaling: ({ outputs }) => new Float64Array(outputs).fill(1),
    },
    frozen: ['norm.weight'],
  };
}
