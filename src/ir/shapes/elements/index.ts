import { arithmeticElements } from './arithmetic.js';
import { creationElements } from './creation.js';
import { movementElements } from './movement.js';
import { reductionElements } from './reduction.js';
import type { ElementRule } from './rule.js';

const families: readonly (readonly ElementRule[])[] = [
  arithmeticElements,
  creationElements,
  movementElements,
  reductionElements,
];

/** The rule of each operator of the ONNX set through which elements are followed. */
export const elementRules: ReadonlyMap<string, ElementRule> = new Map(
  families.flat().flatMap((rule) => rule.opTypes.map((opType) => [opType, rule] as const)),
);
