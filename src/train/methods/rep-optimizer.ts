import { inferTypes, type Value } from '../../ir/index.js';
import { initialTensor, parameterSeed, uniformFanIn } from '../../models/initialization.js';
import { copyModel } from '../../onnx/index.js';
import { repOptimized, type SpatialConv } from '../../sgs/index.js';
import { Tensor } from '../../tensor/index.js';
import { chosenConvs } from './chosen-convs.js';
import type { TrainingMethod } from './method.js';

/** RepOptimizers: the network stays plain, what RepVGG's branches would do is done by the optimizer. */
export const repOptimizer: TrainingMethod = {
  name: 'repopt',
  source: 'RepOptimizers, arXiv:2205.15242',
  description: 'constant gradient multipliers and first weights as of RepVGG with constant scales',
  prepare(source, recipe, optimizer) {
    const model = copyModel(source);
    const types = inferTypes(model);
    const power = optimizer.scales === 'gradient' ? 2 : 1;
    const [kernel = 1, point = 1, identity = 1] = recipe.repoptScales;
    const scalings = new Map<string, Tensor>();
    const convs = chosenConvs(model, recipe, 'repopt').filter(({ kernel }) =>
      kernel.every((length) => length % 2 === 1),
    );
    for (const conv of convs) {
      const value = conv.node.inputs[1] as Value;
      const tensor = value.constant as Tensor;
      const [outputs = 1, inputs = 1] = tensor.dims;
      const seed = parameterSeed(recipe.seed, `${value.name}.1x1`);
      const drawn = initialTensor(
        [outputs, inputs],
        uniformFanIn,
        { in: inputs, out: outputs },
        seed,
      );
      const result = repOptimized(
        tensor.dims,
        tensor.toNumbers(),
        drawn.toNumbers(),
        { kernel, point, identity },
        keepsShape(conv, types.of(conv.input)?.shape?.[1], outputs),
        power,
      );
      value.constant = Tensor.fromNumbers(tensor.dtype, tensor.dims, result.weight);
      scalings.set(value.name, Tensor.fromNumbers('float32', tensor.dims, result.scaling));
    }
    const notes = [
      `the ${optimizer.scales}s of ${convs.length} convolutions are scaled as by RepVGG's branches`,
    ];
    return { model, scalings, schedule: 'none', notes };
  },
};

/** Whether the input could be added to the output. */
const keepsShape = (
  { strides, kernel, dilations, padsBegin, padsEnd }: SpatialConv,
  channels: unknown,
  outputs: number,
): boolean =>
  channels === outputs &&
  strides.every((stride) => stride === 1) &&
  kernel.every((length, axis) => {
    const border = ((dilations[axis] as number) * (length - 1)) / 2;
    return padsBegin[axis] === border && padsEnd[axis] === border;
  });
