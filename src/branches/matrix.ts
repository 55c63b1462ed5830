import { accept, refuse, type Verdict } from '../errors.js';
import type { Node, Value } from '../ir/index.js';
import { type DataType, isFloat } from '../tensor/index.js';
import type { Emitter } from './emit.js';
import { constantOf } from './norm.js';
import type { ParameterMaker } from './parameters.js';

/** A Gemm or MatMul with a constant matrix on the right. */
export interface MatrixSite {
  readonly node: Node;
  readonly input: Value;
  readonly weight: Value;
  readonly dtype: DataType;
  readonly inputs: number;
  readonly outputs: number;
}

/** Refuses what has no constant matrix on the right, or reads its input transposed. */
export function readMatrixSite(node: Node): Verdict<MatrixSite> {
  const [input, weight] = node.inputs;
  if (!input || !weight) return refuse('an operand is missing');
  const tensor = constantOf(weight);
  if (!tensor) return refuse('its right operand is computed, not constant');
  if (!isFloat(tensor.dtype)) return refuse(`its matrix is of type ${tensor.dtype}`);
  if (tensor.dims.length !== 2) return refuse('its right operand is no matrix');
  if (node.int('transA', 0) !== 0) return refuse('it reads its input transposed');
  const [rows = 0, columns = 0] = tensor.dims;
  const transposed = node.int('transB', 0) !== 0;
  const [inputs, outputs] = transposed ? [columns, rows] : [rows, columns];
  return accept({ node, input, weight, dtype: tensor.dtype, inputs, outputs });
}

/** A matrix product and what is added to it, under construction. */
export class MatrixBuilder {
  readonly site: MatrixSite;
  readonly emit: Emitter;
  readonly parameters: ParameterMaker;
  readonly #terms: Value[] = [];

  constructor(site: MatrixSite, emit: Emitter, parameters: ParameterMaker) {
    this.site = site;
    this.emit = emit;
    this.parameters = parameters;
  }

  get branches(): number {
    return this.#terms.length + 1;
  }

  /** Adds `input · a · b …`, matrices [in, out]. */
  add(name: string, matrices: readonly Value[]): void {
    this.#terms.push(
      matrices.reduce((x, matrix) => this.emit.op('MatMul', name, [x, matrix]), this.site.input),
    );
  }

  /** The site's own node, written again, plus all that was added. */
  finish(): Value {
    const { node } = this.site;
    const operands = node.inputs.filter((input) => input !== null);
    const own = this.emit.op(node.opType, 'main', operands, Object.fromEntries(node.attributes));
    return this.#terms.reduce((sum, term) => this.emit.op('Add', 'sum', [sum, term]), own);
  }
}
