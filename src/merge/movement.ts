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
import { checkSizes } from './limits.js';
import { followLabels, type Movement, maxElements } from './movement-labels.js';

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
    // What Concat puts beside an image may be its border.
    if (node.is('Concat') && node.operands.some((input) => this.#constants.isConstant(input)))
      return false;
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
    const size = checkSizes(part.value);
    if (!size.ok) return size;
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

/** A scatter that adds to what was there would read as a copy from further on. */
const isMovement = (node: Node): boolean =>
  node.domain === '' && movementOps.has(node.opType) && node.string('reduction', 'none') === 'none';

const endsChain = (value: Value): boolean =>
  value.outputOf.size > 0 || [...value.users].some((user) => !isMovement(user));

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
