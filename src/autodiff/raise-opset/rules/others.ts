import { string } from '../../../ir/index.js';
import type { RaiseRule } from '../rule.js';

/** Scatter is called ScatterElements. */
export const scatter: RaiseRule = {
  opTypes: ['Scatter'],
  since: 11,
  raise: (context) => [context.again(context.node.inputs, { opType: 'ScatterElements' })],
};

/** RoiAlign: half a pixel is subtracted by default. */
export const roiAlign: RaiseRule = {
  opTypes: ['RoiAlign'],
  since: 16,
  raise(context) {
    const mode = ['coordinate_transformation_mode', string('output_half_pixel')] as const;
    return [context.again(context.node.inputs, { attributes: [mode] })];
  },
};

/** Scan of opset 8 went over a batch. */
export const scan: RaiseRule = {
  opTypes: ['Scan'],
  since: 9,
  raise(context) {
    throw context.refusal('it scans a batch');
  },
};
