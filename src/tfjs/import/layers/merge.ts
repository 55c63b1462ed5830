import { Tensor } from '../../../tensor/index.js';
import { concat, elementwise, unsqueezed } from '../operators/elementwise.js';
import { plainSignal, type Signal } from '../writer.js';
import type { LayerCall, LayerRule } from './call.js';

/** Gives tensors of fewer axes more behind the batch, as merging layers do. */
function sameRanks({ writer, inputs, config }: LayerCall): Signal[] {
  if (inputs.length < 2) throw config.fault(`merges ${inputs.length} input`);
  const ranks = inputs.map((input) => writer.shape(input).length);
  const most = Math.max(...ranks);
  return inputs.map((input, i) => {
    const missing = most - (ranks[i] ?? most);
    return missing === 0 ? input : plainSignal(unsqueezed(writer, input, missing, 1));
  });
}

const merging = (className: string, opType: string): LayerRule => ({
  classNames: [className],
  write: (call) => elementwise(call.writer, opType, sameRanks(call)),
});

export const add = merging('Add', 'Add');
export const subtract = merging('Subtract', 'Sub');
export const multiply = merging('Multiply', 'Mul');
export const maximum = merging('Maximum', 'Max');
export const minimum = merging('Minimum', 'Min');

export const average: LayerRule = {
  classNames: ['Average'],
  write(call) {
    const { writer, inputs } = call;
    const { value, channelsFirst } = elementwise(writer, 'Add', sameRanks(call));
    const share = writer.fixed(Tensor.scalar('float32', 1 / inputs.length));
    return { value: writer.op('Mul', [value, share]), channelsFirst };
  },
};

export const concatenate: LayerRule = {
  classNames: ['Concatenate'],
  write: ({ writer, config, inputs }) => concat(writer, inputs, config.number('axis', -1)),
};
