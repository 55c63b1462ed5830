import type {
  Attribute,
  FunctionIdentity,
  Graph,
  Model,
  Node,
  TensorType,
  Value,
} from '../ir/index.js';
import type { Tensor } from '../tensor/index.js';
import type { ExternalSlice } from './external.js';
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from './schema.js';

/**
 * Where each object of the IR came from: the encoder takes from there what the IR does not manage (unknown fields, doc
 * strings, metadata, functions, types of sequences …). The keys are weak, so that nothing outlives its model.
 */
export const modelOrigins = new WeakMap<Model, ModelProto>();
export const functionOrigins = new WeakMap<FunctionIdentity, FunctionProto>();
export const graphOrigins = new WeakMap<Graph, GraphOrigin>();
export const nodeOrigins = new WeakMap<Node, NodeProto>();
/** Attributes never change, hence an entry stands for the whole attribute, graphs in it excepted. */
export const attributeOrigins = new WeakMap<Attribute, AttributeProto>();
/** Tensors never change either. */
export const tensorOrigins = new WeakMap<Tensor, TensorProto>();
/** The type that a value was declared with; its declarations are kept as they are as long as it has that type. */
export const declaredTypes = new WeakMap<Value, TensorType | null>();
/** Where to read tensors whose data lies in other files. */
export const externalSlices = new WeakMap<TensorProto, ExternalSlice>();

export interface GraphOrigin {
  readonly message: GraphProto;
  readonly inputs: ReadonlyMap<Value, ValueInfoProto>;
  readonly outputs: ReadonlyMap<Value, ValueInfoProto>;
  /** In file order; `value` is null for a name that nothing in the graph has. */
  readonly valueInfo: readonly { readonly message: ValueInfoProto; readonly value: Value | null }[];
  /** Initializers of a type that the IR cannot hold. */
  readonly opaqueInitializers: ReadonlyMap<Value, TensorProto>;
  /** Values of the sparse initializers, in file order. */
  readonly sparseInitializers: readonly Value[];
}
