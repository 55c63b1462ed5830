import { choice, number, numbers, optional, text } from '../field.js';

/** What is made small. */
export const lossFields = {
  loss: choice('crossentropy', ['crossentropy', 'mse', 'bce'], 'what is made small'),
  labelSmoothing: number(
    0,
    { least: 0, below: 1 },
    'part of the target that goes to all classes alike, for crossentropy',
  ),
  classWeights: numbers([], { least: 0 }, 'weight of each class in the loss; none for equal ones'),
  teacher: optional(text('', 'an ONNX file whose outputs are learned too (distillation)')),
  distillAlpha: number(0.5, { least: 0, most: 1 }, "the teacher's part of the loss"),
  temperature: number(4, { above: 0 }, 'what logits are divided by before they are compared'),
};
