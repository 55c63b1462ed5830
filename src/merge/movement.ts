import { accept, refuse, type Verdict } from '../errors.js';
import { extract, type Model, type Node, type Types, type Value } from '../ir/index.js';
import { type AffineMap, type Lowered, moveWindow, selectOutputs } from '../linear/index.js';
import { openSession } from '../runtime/index.js';
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
const lowered = new Set(['Concat', 'Gather', 'Identity', 'Pad', 'Slice', 'Split']);

const maxElements = 1 << 24;

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
    if (chain === null || [...chain.nodes].every((node) => lowered.has(node.opType))) return null;
    if (!this.#sameFrame(chain.source, value)) return null;
    const movement = await this.#read(chain.source, value);
    if (!movement.ok) return movement;
    const found = movement.value;
    return accept({
      operands: [chain.source],
      apply: (maps) => applyMovement(maps[0] as AffineMap, found, end.label),
    });
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
      if (node === null || node.domain !== '' || node.subgraphs.length > 0 || node.operands.length === 0) {
        this.#shapeOnly.set(top, false);
        continue;
      }
      const open = node.operands.filter((input) => !this.#shapeOnly.has(input));
      if (open.length > 0) stack.push(...open);
      else this.#shapeOnly.set(top, node.operands.every((input) => this.#shapeOnly.get(input)));
    }
    return this.#shapeOnly.get(value) ?? false;
  }

  /** Both ends are float images of the same batch: the only chains that can be a step of the algebra. */
  #sameFrame(source: Value, value: Value): boolean {
    const from = this.#types.of(source);
    const to = this.#types.of(value) ?? from;
    if (!from?.shape || !to?.shape || !isFloat(from.dtype) || from.dtype === 'bfloat16') return false;
    return from.dtype === to.dtype && from.shape.length >= 3 && from.shape.length === to.shape.length;
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
    const part = extract(this.#model, {
      inputs: new Map([[source, { dtype: type.dtype, shape }]]),
      outputs: [value],
      constant: (v) => this.#constants.tensor(v) ?? shapeConstant(v, types),
    });
    if (!part.ok) return part;
    const session = await openSession(part.value, { optimization: 'disabled' });
    try {
      const input = part.value.graph.inputs[0]?.name ?? '';
      const output = part.value.graph.outputs[0]?.name ?? '';
      const run = async (labels: Tensor): Promise<Tensor> =>
        (await session.run(new Map([[input, labels]]))).get(output) as Tensor;
      return await followLabels(run, type.dtype, shape, label);
    } finally {
      await session.release();
    }
  }
}

const isMovement = (node: Node): boolean => node.domain === '' && movementOps.has(node.opType);

const endsChain = (value: Value): boolean =>
  value.outputOf.size > 0 || [...value.users].some((user) => !isMovement(user));

/**
 * Feeds the chain its own coordinates, an axis at a time, and reads off where each output element comes from. A second
 * run with all labels raised tells copies from constants.
 */
async function followLabels(
  run: (labels: Tensor) => Promise<Tensor>,
  dtype: Tensor['dtype'],
  shape: readonly number[],
  label: string,
): Promise<Verdict<Movement>> {
  // float16 holds whole numbers up to 2048 only, and every label must be exact.
  const raise = dtype === 'float16' ? 1024 : 1 << 22;
  if (Math.max(...shape) > raise) return refuse('its axes are too long to be followed', label);
  const first = await run(coordinates(dtype, shape, 0, 0));
  const raised = (await run(coordinates(dtype, shape, 0, raise))).toNumbers();
  const sources: Float64Array[] = [first.toNumbers()];
  if (first.dims.length !== shape.length || first.dims[0] !== shape[0]) {
    return refuse('it moves elements to another frame', label);
  }
  for (let axis = 1; axis < shape.length; axis++) {
    sources.push((await run(coordinates(dtype, shape, axis, 0))).toNumbers());
  }
  const copies = new Uint8Array(first.size);
  const base = sources[0] as Float64Array;
  for (let i = 0; i < copies.length; i++) {
    const lifted = (raised[i] as number) - (base[i] as number);
    if (lifted === raise) copies[i] = 1;
    else if (lifted !== 0) return refuse('it does more than move elements', label);
  }
  return readMovement(first.dims, shape, copies, sources, label);
}

function coordinates(
  dtype: Tensor['dtype'],
  shape: readonly number[],
  axis: number,
  offset: number,
): Tensor {
  const inner = elementCount(shape.slice(axis + 1));
  const length = shape[axis] as number;
  const values = new Float64Array(elementCount(shape));
  for (let i = 0; i < values.length; i++) values[i] = (Math.floor(i / inner) % length) + offset;
  return Tensor.fromNumbers(dtype, shape, values);
}

/** Turns element origins into channel rows, crops, pads and border values, checking every element. */
function readMovement(
  dims: readonly number[],
  shape: readonly number[],
  copies: Uint8Array,
  sources: readonly Float64Array[],
  label: string,
): Verdict<Movement> {
  const elsewhere = refuse('it moves elements in another way than a window moves', label);
  const origin = dims.map((length) => new Int32Array(length).fill(-1));
  const fill = new Float64Array(dims[1] as number).fill(Number.NaN);
  const position = dims.map(() => 0);
  const advance = (): void => {
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      position[axis] = (position[axis] as number) + 1;
      if ((position[axis] as number) < (dims[axis] as number)) return;
      position[axis] = 0;
    }
  };
  for (let i = 0; i < copies.length; i++, advance()) {
    if (!copies[i]) continue;
    for (const [axis, at] of position.entries()) {
      const from = (sources[axis] as Float64Array)[i] as number;
      const known = (origin[axis] as Int32Array)[at] as number;
      if (known >= 0 && known !== from) return elsewhere;
      (origin[axis] as Int32Array)[at] = from;
    }
  }
  let padded = false;
  for (let i = 0; i < copies.length; i++, advance()) {
    const inside = position.every((at, axis) => ((origin[axis] as Int32Array)[at] as number) >= 0);
    if (inside !== (copies[i] === 1)) return elsewhere;
    if (inside) continue;
    padded = true;
    const channel = position[1] as number;
    const value = (sources[0] as Float64Array)[i] as number;
    if (Number.isNaN(fill[channel] as number)) fill[channel] = value;
    else if (fill[channel] !== value) return refuse('its border is not one constant a channel', label);
  }
  const batch = origin[0] as Int32Array;
  const rows = [...(origin[1] as Int32Array)];
  if (batch.some((from, at) => from !== at) || rows.some((row) => row < 0)) return elsewhere;
  const crop: [number, number][] = [];
  const pad: [number, number][] = [];
  for (let axis = 2; axis < dims.length; axis++) {
    const run = contiguous(origin[axis] as Int32Array);
    if (run === null) return elsewhere;
    crop.push([run.from, (shape[axis] as number) - run.from - run.length]);
    pad.push([run.at, (dims[axis] as number) - run.at - run.length]);
  }
  return accept({ rows, crop, pad, fill: padded ? fill : null });
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
  if (map.layout !== 'channels-first' || movement.crop.length !== map.axes.length) {
    return refuse('it moves other axes than the spatial ones', label);
  }
  if (Math.max(...movement.rows) >= map.outputs) return refuse('its channels do not fit', label);
  const inOrder = movement.rows.length === map.outputs && movement.rows.every((row, i) => row === i);
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
