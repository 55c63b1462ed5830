import { attentionRules } from './attention.js';
import { castRules } from './cast.js';
import { constantRules } from './constant.js';
import { controlflowRules } from './controlflow.js';
import { convolutionRules } from './convolution.js';
import { einsumRules } from './einsum.js';
import { elementwiseRules } from './elementwise.js';
import { extentRules } from './extent.js';
import { gridRules } from './grid.js';
import { indexingRules } from './indexing.js';
import { lossRules } from './loss.js';
import { matmulRules } from './matmul.js';
import { normalizationRules } from './normalization.js';
import { poolingRules } from './pooling.js';
import { quantizationRules } from './quantization.js';
import { randomRules } from './random.js';
import { recurrentRules } from './recurrent.js';
import { reductionRules } from './reduction.js';
import { reshapeRules } from './reshape.js';
import { resizeRules } from './resize.js';
import type { TypeRule } from './rule.js';
import { selectionRules } from './selection.js';
import { shapeRules } from './shape.js';
import { signalRules } from './signal.js';
import { textRules } from './text.js';

const families: readonly (readonly TypeRule[])[] = [
  attentionRules,
  castRules,
  constantRules,
  controlflowRules,
  convolutionRules,
  einsumRules,
  elementwiseRules,
  extentRules,
  gridRules,
  indexingRules,
  lossRules,
  matmulRules,
  normalizationRules,
  poolingRules,
  quantizationRules,
  randomRules,
  recurrentRules,
  reductionRules,
  reshapeRules,
  resizeRules,
  selectionRules,
  shapeRules,
  signalRules,
  textRules,
];

/** The rule of each operator of the ONNX set. */
export const typeRules: ReadonlyMap<string, TypeRule> = new Map(
  families.flat().flatMap((rule) => rule.opTypes.map((opType) => [opType, rule] as const)),
);
