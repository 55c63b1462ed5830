import { inputError } from '../errors.js';
import { nearestNames } from '../models/nearest-names.js';
import type { BranchType } from './branch-type.js';
import { acb } from './types/acb.js';
import { dbb } from './types/dbb.js';
import { duplicate } from './types/duplicate.js';
import { ecb } from './types/ecb.js';
import { lowrank } from './types/lowrank.js';
import { mobileone } from './types/mobileone.js';
import { orepa } from './types/orepa.js';
import { qarepvgg } from './types/qarepvgg.js';
import { replknet } from './types/replknet.js';
import { repvgg, repvggPlain } from './types/repvgg.js';
import { unireplknet } from './types/unireplknet.js';

export type { BlockBuilder, ExpandMode } from './block-builder.js';
export type { BranchType, ConvBlock, MatrixBlock } from './branch-type.js';
export { type BlockSpec, type BranchSpec, customBlock } from './custom/index.js';
export { type ExpandOptions, type Expansion, expand } from './expand.js';
export * from './grown/index.js';

/** Blocks that a Conv, Gemm or MatMul can be replaced with, by name. */
export const branchTypes: readonly BranchType[] = [
  acb,
  dbb,
  duplicate,
  ecb,
  lowrank,
  mobileone,
  orepa,
  qarepvgg,
  replknet,
  repvgg,
  repvggPlain,
  unireplknet,
];

/** @throws ReparamError for a name that no block type has, with those that are spelled most alike. */
export function findBranchType(name: string): BranchType {
  const type = branchTypes.find((candidate) => candidate.name === name);
  if (type) return type;
  const names = branchTypes.map((candidate) => candidate.name);
  throw inputError(`there is no block type '${name}'`, {
    hint: `did you mean ${nearestNames(name, names).join(', ')}?`,
  });
}
