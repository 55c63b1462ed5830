import { inputError } from '../../errors.js';

/** One branch of a block of one's own. The main branch has the Conv's own kernel and nothing that limits it. */
export interface BranchSpec {
  /** What its parameters are named after. */
  readonly name?: string;
  /** Lengths of the kernel, in the middle of the Conv's own; `same` is the Conv's own (default). */
  readonly kernel?: 'same' | readonly number[];
  /** In steps between the Conv's own taps. */
  readonly dilation?: number;
  /** Rows of 0 and 1: which weights there are. */
  readonly mask?: readonly (readonly number[])[];
  /** A constant, one constant an output channel, or learned factors that begin at 1. */
  readonly scale?: number | readonly number[] | 'channel';
  /** Whether a BatchNormalization follows (and, in the middle, each 1×1 before). */
  readonly norm?: boolean;
  /** Length of the windows of an average instead of a kernel. */
  readonly average?: number;
  /** The input itself instead of a kernel; left out where its shape is not the output's. */
  readonly identity?: boolean;
  /** Whether a 1×1 conv comes first. */
  readonly pointwise?: boolean;
  /** How many branches of this kind there are. */
  readonly copies?: number;
}

export interface BlockSpec {
  readonly name: string;
  readonly branches: readonly BranchSpec[];
}

type Check = (value: unknown) => boolean;

const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isFactor: Check = (value) => isNumber(value) && value !== 0;
const isLength: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const isFlag: Check = (value) => typeof value === 'boolean';
const isName: Check = (value) => typeof value === 'string' && /^[\w-]+$/.test(value);
const isList =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length > 0 && value.every(check);
const isMask: Check = (value) => {
  if (!isList(isList((bit) => bit === 0 || bit === 1))(value)) return false;
  const rows = value as readonly (readonly number[])[];
  return rows.every((row) => row.length === rows[0]?.length) && rows.flat().includes(1);
};

const fields: Readonly<Record<keyof BranchSpec, readonly [Check, kind: string]>> = {
  name: [isName, 'letters, digits and dashes'],
  kernel: [(value) => value === 'same' || isList(isLength)(value), "'same' or a list of lengths"],
  dilation: [isLength, 'a whole number, 1 or more'],
  mask: [isMask, 'equally long rows of 0 and 1, not all 0'],
  scale: [
    (value) => value === 'channel' || isFactor(value) || isList(isFactor)(value),
    "a number other than 0, a list of them, or 'channel'",
  ],
  norm: [isFlag, 'true or false'],
  average: [isLength, 'a whole number, 1 or more'],
  identity: [isFlag, 'true or false'],
  pointwise: [isFlag, 'true or false'],
  copies: [isLength, 'a whole number, 1 or more'],
};

/** What makes no sense together. */
const exclusive: readonly (readonly [keyof BranchSpec, keyof BranchSpec])[] = [
  ['identity', 'kernel'],
  ['identity', 'average'],
  ['identity', 'pointwise'],
  ['identity', 'mask'],
  ['identity', 'dilation'],
  ['average', 'kernel'],
  ['average', 'mask'],
  ['average', 'dilation'],
];

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const has = (branch: BranchSpec, field: keyof BranchSpec): boolean =>
  branch[field] !== undefined && branch[field] !== false;

/** True for a branch that can hold any weights that the Conv can. */
export const isMain = (branch: BranchSpec): boolean =>
  (branch.kernel ?? 'same') === 'same' &&
  !(['dilation', 'mask', 'average', 'identity', 'pointwise'] as const).some((field) =>
    has(branch, field),
  );

/**
 * Checks what a file or a program says a block shall be.
 * @param at the file's name for messages.
 * @throws ReparamError that names the branch and the field at fault.
 */
export function checkBlockSpec(value: unknown, at = 'the block'): BlockSpec {
  if (!isRecord(value)) throw inputError(`${at} must have a name and branches`, { at });
  for (const key of Object.keys(value)) {
    if (key !== 'name' && key !== 'branches') {
      throw inputError(`${at}: there is no field '${key}'`, {
        at,
        hint: 'a block has a name and branches',
      });
    }
  }
  const { name, branches } = value;
  if (!isName(name)) throw inputError(`${at}: name must be ${fields.name[1]}`, { at });
  if (!Array.isArray(branches) || branches.length === 0) {
    throw inputError(`${at}: branches must be a list`, { at });
  }
  const checked = branches.map((branch, i) => checkBranch(branch, `${at}: branch ${i + 1}`));
  const mains = checked.filter(isMain).length;
  if (mains !== 1) {
    throw inputError(
      `${at}: ${mains === 0 ? 'no branch' : `${mains} branches`} can be the main one`,
      {
        at,
        hint: "exactly one must have the kernel 'same' without mask, dilation or pointwise; copies makes several of it",
      },
    );
  }
  return { name: name as string, branches: checked };
}

function checkBranch(value: unknown, at: string): BranchSpec {
  if (!isRecord(value)) throw inputError(`${at} must have fields such as kernel`, { at });
  for (const [key, given] of Object.entries(value)) {
    const field = Object.hasOwn(fields, key) ? fields[key as keyof BranchSpec] : undefined;
    if (!field) {
      const hint = `the fields are ${Object.keys(fields).join(', ')}`;
      throw inputError(`${at}: there is no field '${key}'`, { at, hint });
    }
    const [check, kind] = field;
    if (given !== undefined && !check(given))
      throw inputError(`${at}: ${key} must be ${kind}`, { at });
  }
  const branch = value as BranchSpec;
  for (const [a, b] of exclusive) {
    if (has(branch, a) && has(branch, b)) {
      throw inputError(`${at}: ${a} and ${b} exclude each other`, { at });
    }
  }
  if (has(branch, 'average') && !branch.pointwise) {
    throw inputError(`${at}: average needs pointwise, which makes the output's channels`, { at });
  }
  return branch;
}
