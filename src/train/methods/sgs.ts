import { ReparamError } from '../../errors.js';
import { meanOne, scalingFamilies } from '../../sgs/index.js';
import { Tensor } from '../../tensor/index.js';
import { chosenConvs } from './chosen-convs.js';
import type { TrainingMethod } from './method.js';

/** Spatial gradient scaling, learned from mutual information or that of a family of branches. */
export const sgs: TrainingMethod = {
  name: 'sgs',
  source: 'Detkov et al., arXiv:2303.02733',
  description: 'the gradient of each convolution scaled by position, as branches would do it',
  prepare(model, recipe, optimizer) {
    const convs = chosenConvs(model, recipe, 'sgs');
    const { sgsLike } = recipe;
    const family = scalingFamilies.find(({ name }) => name === sgsLike);
    if (sgsLike !== null && !family) {
      throw new ReparamError('usage', `there is no family of branches '${sgsLike}'`, {
        hint: `choose one of ${scalingFamilies.map(({ name }) => name).join(', ')}`,
      });
    }
    const power = optimizer.scales === 'gradient' ? 2 : 1;
    const scalings = convs.map(({ weight, kernel }) => {
      const values = family ? meanOne(family.scaling(kernel, power)) : null;
      return [weight, scalingTensor(kernel, values)] as const;
    });
    const what = family ? `as ${family.name}` : 'by mutual information';
    const notes = [`the ${optimizer.scales}s of ${convs.length} convolutions are scaled ${what}`];
    return { model, scalings: new Map(scalings), schedule: family ? 'fixed' : 'measured', notes };
  },
};

/** @param values one number a tap; all 1 for null */
export function scalingTensor(kernel: readonly number[], values: Float64Array | null): Tensor {
  const size = kernel.reduce((product, length) => product * length, 1);
  return Tensor.fromNumbers('float32', kernel, values ?? new Float64Array(size).fill(1));
}
