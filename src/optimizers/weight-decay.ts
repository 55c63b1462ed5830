import { add, mul, times } from '../autodiff/index.js';
import { eachParameter, type GradientTransform } from './transform.js';

/** Adds `decay · weight`: before a momentum this is L2 regularisation, after the scaling of Adam it is decoupled decay. */
export const weightDecay = (decay: number): GradientTransform =>
  eachParameter('weight decay', ({ builder: b }, { value, weight, decays }) =>
    decays && decay !== 0 ? add(b, value, times(b, weight, decay)) : value,
  );

/** Multiplies updates with the learning rate. */
export const learningRate = (): GradientTransform =>
  eachParameter('learning rate', (context, { value }) =>
    mul(
      context.builder,
      value,
      context.scalar('learning_rate', ({ rate }) => rate),
    ),
  );
