import type { Value } from '../../../ir/index.js';
import { string } from '../../../ir/index.js';
import type { RaiseContext, RaiseRule } from '../rule.js';

/**
 * Rounding to the nearest element in the first versions of Resize, as onnxruntime has it: down where the image grows, up
 * where it shrinks.
 */
function nearestMode(context: RaiseContext, scales: readonly number[] | null): string {
  if (!scales?.some((scale) => scale < 1)) return 'floor';
  if (scales.every((scale) => scale <= 1)) return 'ceil';
  throw context.refusal('it makes one axis longer and another one shorter');
}

function asymmetric(context: RaiseContext, scales: Value, known: readonly number[] | null) {
  const mode = context.node.string('mode', 'nearest').replace('bilinear', 'linear');
  const attributes = [
    ['mode', string(mode)],
    ['coordinate_transformation_mode', string('asymmetric')],
    ...(mode === 'nearest' ? [['nearest_mode', string(nearestMode(context, known))] as const] : []),
  ] as const;
  const without = ['mode', 'scales'];
  return [
    context.again([context.input(0), null, scales], { opType: 'Resize', without, attributes }),
  ];
}

const scalesOperand = (context: RaiseContext): Value => {
  const scales = context.input(1);
  if (!scales) throw context.refusal('it lacks its scales');
  return scales;
};

/** Upsample became Resize with asymmetric coordinates; its `scales` became an operand in opset 9. */
export const upsample: RaiseRule = {
  opTypes: ['Upsample'],
  since: 11,
  raise(context) {
    const attribute = context.node.attributes.get('scales');
    if (attribute?.kind !== 'floats') return asymmetric(context, scalesOperand(context), null);
    return asymmetric(context, context.floats(attribute.value), attribute.value);
  },
};

/** Resize: a region of interest comes between the operands, and the kind of coordinates has a name. */
export const resize: RaiseRule = {
  opTypes: ['Resize'],
  since: 11,
  raise(context) {
    const scales = scalesOperand(context);
    const known = context.types.elements(scales);
    const numbers = known?.every((scale) => typeof scale === 'number') ? known : null;
    return asymmetric(context, scales, numbers as readonly number[] | null);
  },
};
