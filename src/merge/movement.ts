import { accept, refuse, type Verdict } from '../errors.js';
import {
  computedFrom,
  extract,
  type Model,
  type Node,
  type Types,
  type Value,
} from '../ir/index.js';
import { type AffineMap, type Lowered, moveWindow, selectOutputs } from '../linear/index.js';
import { openSession, UnrunnableError } from '../runtime/index.js';
import { elementCount, isFloat, Tensor } from '../tensor/index.js';
import { concreteTypes, knownDims, shapeConstant } from './concrete.js';
import type { Constants } from './constants.js';

/** Operators that only copy elements of their data inputs, wherever their index inputs say. */
const movementOps = new Set([
  'CenterCropPad',
  'Concat',
  'DepthToSpace',
  'Expand',
  'Flatten',
  'Gather',
  'GatherElements',
  'GatherND',
  'Identity',
  'Pad',
  'Reshape',
  'ScatterElements',
  'ScatterND',
  'Slice',
  'SpaceToDepth',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
  'Where',
]);

/** Those among them that have a rule of their own in the algebra. */
const lowered = new Set(['Concat', 'Gather', 'Identity', 'Pad', 'Slice', 'Split', 'Transpose']);

/** Labels up to twice this many are whole numbers that float32 holds exactly. */
const maxElements = 1 << 23;

/** What a chain of data movement does to `[N, C, D1…Dn]`: select channels, crop, then pad with constants. */
interface Movement {
  readonly rows: readonly number[];
  readonly crop: readonly (readonly [number, number])[];
  readonly pad: readonly (readonly [number, number])[];
  /** Border value of each channel; null when nothing is padded. */
  readonly fill: Float64Array | null;
}

/**
 * Finds out what chains of data movement *do*, whatever operators an exporter spells them with: the index arithmetic
 * is evaluated by onnxruntime for concrete shapes, and every element is followed from input to output by labels.
 */
export class MovementReader {
  readonly #model: Model;
  readonly #types: Types;
  readonly #constants: Constants;
  readonly #shapeOnly = new Map<Value, boolean>();
  #concrete: readonly Types[] | null = null;

  constructor(model: Model, types: Types, constants: Constants) {
    this.#model = model;
    this.#types = types;
    this.#constants = constants;
  }

  /**
   * The chain that ends at `value`, as one step on the value it starts from.
   * @returns null when `value` does not end a chain that needs reading.
   */
  async lower(value: Value): Promise<Verdict<Lowered> | null> {
    const end = value.producer;
    if (!end || !isMovement(end) || !endsChain(value)) return null;
    const chain = this.#chain(value);
    if (chain === null) return null;
    const turns = [...chain.nodes].filter((node) => node.is('Transpose')).length;
    // Two Transposes may cancel out, which no rule for one of them sees.
    if (turns < 2 && [...chain.nodes].every((node) => this.#hasOwnRule(node))) return null;
    if (!this.#sameFrame(chain.source, value)) return null;
    const movement = await this.#read(chain.source, value);
    if (!movement.ok) return movement;
    const found = movement.value;
    return accept({
      operands: [chain.source],
      apply: (maps) => applyMovement(maps[0] as AffineMap, found, end.label),
    });
  }

  /** True when the algebra's own rule can read the node, because all that it needs to know is constant. */
  #hasOwnRule(node: Node): boolean {
    if (!lowered.has(node.opType)) return false;
    return node.operands.every(
      (input) => this.#constants.isConstant(input) || !this.#dependsOnShapesOnly(input),
    );
  }

  /** Movement nodes back from `value` to the one varying value that they all start from. */
  #chain(value: Value): { readonly source: Value; readonly nodes: ReadonlySet<Node> } | null {
    const nodes = new Set<Node>();
    let source: Value | null = null;
    const stack = [value];
    for (let top = stack.pop(); top; top = stack.pop()) {
      if (this.#dependsOnShapesOnly(top)) continue;
      const node: Node | null = top.producer;
      if (node && isMovement(node)) {
        if (nodes.has(node)) continue;
        nodes.add(node);
        stack.push(...node.operands);
      } else if (source === null || source === top) {
        source = top;
      } else {
        return null;
      }
    }
    return source && { source, nodes };
  }

  /** True for constants and for what is computed from nothing but shapes. */
  #dependsOnShapesOnly(value: Value): boolean {
    const stack = [value];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      if (this.#shapeOnly.has(top)) {
        stack.pop();
        continue;
      }
      const node = top.producer;
      if (this.#constants.isConstant(top) || node?.is('Shape', 'Size')) {
        this.#shapeOnly.set(top, true);
        continue;
      }
      if (
        node === null ||
        node.domain !== '' ||
        node.subgraphs.length > 0 ||
        node.operands.length === 0
      ) {
        this.#shapeOnly.set(top, false);
        continue;
      }
      const inputs = computedFrom(node);
      const open = inputs.filter((input) => !this.#shapeOnly.has(input));
      if (open.length > 0) stack.push(...open);
      else
        this.#shapeOnly.set(
          top,
          inputs.every((input) => this.#shapeOnly.get(input)),
        );
    }
    return this.#shapeOnly.get(value) ?? false;
  }

  /** Both ends are float images of the same batch: the only chains that can be a step of the algebra. */
  #sameFrame(source: Value, value: Value): boolean {
    const from = this.#types.of(source);
    const to = this.#types.of(value) ?? from;
    if (!from?.shape || !to?.shape || !isFloat(from.dtype) || from.dtype === 'bfloat16')
      return false;
    return (
      from.dtype === to.dtype && from.shape.length >= 3 && from.shape.length === to.shape.length
    );
  }

  async #read(source: Value, value: Value): Promise<Verdict<Movement>> {
    const label = value.producer?.label ?? value.name;
    this.#concrete ??= concreteTypes(this.#model);
    let agreed: Movement | null = null;
    for (const types of this.#concrete) {
      const movement = await this.#follow(source, value, types, label);
      if (!movement.ok) return movement;
      if (agreed && !sameMovement(agreed, movement.value)) {
        return refuse('what it moves depends on the size of its input', label);
      }
      agreed = movement.value;
    }
    return agreed ? accept(agreed) : refuse('its shapes could not be evaluated', label);
  }

  async #follow(
    source: Value,
    value: Value,
    types: Types,
    label: string,
  ): Promise<Verdict<Movement>> {
    const type = types.of(source);
    const shape = knownDims(type?.shape ?? null);
    if (!type || !shape || elementCount(shape) > maxElements) {
      return refuse('its shapes could not be evaluated', label);
    }
    // Half precision cannot hold the labels; moving float32 instead moves the same elements.
    const dtype = type.dtype === 'float16' ? 'float32' : type.dtype;
    const part = extract(this.#model, {
      inputs: new Map([[source, { dtype, shape }]]),
      outputs: [value],
      constant: (v) => widened(this.#constants.tensor(v) ?? shapeConstant(v, types)),
      dtype: (v) => types.of(v)?.dtype ?? null,
    });
    if (!part.ok) return part;
    try {
      return await withSession(part.value, (run) => followLabels(run, dtype, shape, label));
    } catch (error) {
      if (!(error instanceof UnrunnableError)) throw error;
      return refuse(`what it moves could not be followed: ${error.message}`, label);
    }
  }
}

/** Opens a model of one input and one output for some runs. */
async function withSession<T>(
  model: Model,
  use: (run: (input: Tensor) => Promise<Tensor>) => Promise<T>,
): Promise<T> {
  const session = await openSession(model, { optimization: 'disabled' });
  const [input = ''] = session.inputNames;
  const [output = ''] = session.outputNames;
  try {
    return await use(async (tensor) => {
      const results = await session.run(new Map([[input, tensor]]));
      return results.get(output) as Tensor;
    });
  } finally {
    await session.release();
  }
}

const widened = (tensor: Tensor | null): Tensor | null =>
  tensor?.dtype === 'float16'
    ? Tensor.fromNumbers('float32', tensor.dims, tensor.toNumbers())
    : tensor;

const isMovement = (node: Node): boolean => node.domain === '' && movementOps.has(node.opType);

const endsChain = (value: Value): boolean =>
  value.outputOf.size > 0 || [...value.users].some((user) => !isMovement(user));

/**
 * Feeds the chain the index of each element and reads off where each output element comes from. A second run with all
 * labels raised tells copies from constants.
 */
async function followLabels(
  run: (labels: Tensor) => Promise<Tensor>,
  dtype: Tensor['dtype'],
  shape: readonly number[],
  label: string,
): Promise<Verdict<Movement>> {
  const size = elementCount(shape);
  const plain = await run(
    Tensor.fromNumbers(
      dtype,
      shape,
      Float64Array.from({ length: size }, (_, i) => i),
    ),
  );
  if (plain.dims.length !== shape.length || plain.dims[0] !== shape[0]) {
    return refuse('it moves elements to another frame', label);
  }
  const raised = (
    await run(
      Tensor.fromNumbers(
        dtype,
        shape,
        Float64Array.from({ length: size }, (_, i) => i + maxElements),
      ),
    )
  ).toNumbers();
  const found = plain.toNumbers();
  const source = new Int32Array(found.length).fill(-1);
  for (let i = 0; i < found.length; i++) {
    const lifted = (raised[i] as number) - (found[i] as number);
    if (lifted === maxElements) source[i] = found[i] as number;
    else if (lifted !== 0) return refuse('it does more than move elements', label);
  }
  return readMovement(plain.dims, shape, source, found, label);
}

/** A position in a tensor that is walked in row-major order. */
class Position {
  readonly at: Int32Array;
  readonly #dims: readonly number[];

  constructor(dims: readonly number[]) {
    this.#dims = dims;
    this.at = new Int32Array(dims.length);
  }

  advance(): void {
    for (let axis = this.at.length - 1; axis >= 0; axis--) {
      const next = (this.at[axis] as number) + 1;
      if (next < (this.#dims[axis] as number)) {
        this.at[axis] = next;
        return;
      }
      this.at[axis] = 0;
    }
  }
}

/**
 * Turns element origins into channel rows, crops, pads and border values, checking every element.
 * @param source index of the input element that each output element copies, −1 for a constant
 * @param values output elements, the constants among them
 */
function readMovement(
  dims: readonly number[],
  shape: readonly number[],
  source: Int32Array,
  values: Float64Array,
  label: string,
): Verdict<Movement> {
  const elsewhere = refuse('it moves elements in another way than a window moves', label);
  const origin = originByAxis(dims, shape, source);
  if (origin === null) return elsewhere;
  const fill = readBorder(dims, origin, source, values);
  if (fill === 'scattered') return elsewhere;
  if (fill === 'uneven') return refuse('its border is not one constant a channel', label);
  const [batch = new Int32Array(), channels = new Int32Array()] = origin;
  const rows = [...channels];
  if (batch.some((from, at) => from !== at) || rows.some((row) => row < 0)) return elsewhere;
  const crop: [number, number][] = [];
  const pad: [number, number][] = [];
  for (let axis = 2; axis < dims.length; axis++) {
    const run = contiguous(origin[axis] as Int32Array);
    if (run === null) return elsewhere;
    crop.push([run.from, (shape[axis] as number) - run.from - run.length]);
    pad.push([run.at, (dims[axis] as number) - run.at - run.length]);
  }
  return accept({ rows, crop, pad, fill });
}

/** For each axis the input position that each output position copies, −1 where it copies none; null if axes mix. */
function originByAxis(
  dims: readonly number[],
  shape: readonly number[],
  source: Int32Array,
): Int32Array[] | null {
  const origin = dims.map((length) => new Int32Array(length).fill(-1));
  const position = new Position(dims);
  for (let i = 0; i < source.length; i++, position.advance()) {
    let rest = source[i] as number;
    if (rest < 0) continue;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const length = shape[axis] as number;
      const from = rest % length;
      rest = (rest - from) / length;
      const along = origin[axis] as Int32Array;
      const at = position.at[axis] as number;
      const known = along[at] as number;
      if (known >= 0 && known !== from) return null;
      along[at] = from;
    }
  }
  return origin;
}

/** The constant of each channel outside the copied box; null when there is no outside. */
function readBorder(
  dims: readonly number[],
  origin: readonly Int32Array[],
  source: Int32Array,
  values: Float64Array,
): Float64Array | null | 'scattered' | 'uneven' {
  const fill = new Float64Array(dims[1] as number).fill(Number.NaN);
  const position = new Position(dims);
  let padded = false;
  for (let i = 0; i < source.length; i++, position.advance()) {
    let inside = true;
    for (let axis = 0; axis < dims.length; axis++) {
      const at = position.at[axis] as number;
      if (((origin[axis] as Int32Array)[at] as number) < 0) inside = false;
    }
    if (inside !== (source[i] as number) >= 0) return 'scattered';
    if (inside) continue;
    padded = true;
    const channel = position.at[1] as number;
    if (Number.isNaN(fill[channel] as number)) fill[channel] = values[i] as number;
    else if (fill[channel] !== values[i]) return 'uneven';
  }
  return padded ? fill : null;
}

/** The one stretch of an axis that is copied in order: it starts at `at` in the output and at `from` in the input. */
function contiguous(origin: Int32Array): { at: number; from: number; length: number } | null {
  const at = origin.findIndex((from) => from >= 0);
  if (at < 0) return null;
  const from = origin[at] as number;
  let length = 0;
  while (at + length < origin.length && origin[at + length] === from + length) length++;
  const rest = origin.subarray(at + length).some((value) => value >= 0);
  return rest ? null : { at, from, length };
}

function sameMovement(a: Movement, b: Movement): boolean {
  return (
    JSON.stringify([a.rows, a.crop, a.pad]) === JSON.stringify([b.rows, b.crop, b.pad]) &&
    String(a.fill) === String(b.fill)
  );
}

function applyMovement(map: AffineMap, movement: Movement, label: string): Verdict<AffineMap> {
  if (map.layout !== 'channels-first' || map.frame || movement.crop.length !== map.axes.length) {
    return refuse('it moves other axes than the spatial ones', label);
  }
  if (Math.max(...movement.rows) >= map.outputs) return refuse('its channels do not fit', label);
  const inOrder =
    movement.rows.length === map.outputs && movement.rows.every((row, i) => row === i);
  const selected = inOrder ? map : selectOutputs(map, movement.rows, label);
  const cropped = moveWindow(
    selected,
    movement.crop.map(([begin, end]) => ({ begin: -begin, end: -end, step: 1 })),
    null,
    label,
  );
  if (!cropped.ok) return cropped;
  const moves = movement.pad.map(([begin, end]) => ({ begin, end, step: 1 }));
  return moveWindow(cropped.value, moves, movement.fill, label);
}
