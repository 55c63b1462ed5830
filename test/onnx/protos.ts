import { concatenate } from '../../src/onnx/elements.js';
import { numberToInt64 } from '../../src/onnx/numbers.js';
import type {
  GraphProto,
  Message,
  MessageName,
  ModelProto,
  NodeProto,
  StringStringEntryProto,
  TensorProto,
  ValueInfoProto,
} from '../../src/onnx/schema.js';
import { readMessage, writeMessage } from '../../src/onnx/wire.js';

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export const encode = <T extends MessageName>(name: T, message: Message<T>): Uint8Array =>
  concatenate(writeMessage(name, message));

export const entry = (key: string, value: string): StringStringEntryProto => ({
  key: utf8(key),
  value: utf8(value),
});

/** A float tensor value of the given lengths. */
export const valueInfo = (name: string, dims: readonly number[] = [2]): ValueInfoProto => ({
  name,
  type: {
    tensor_type: {
      elem_type: 1,
      shape: { dim: dims.map((dim) => ({ dim_value: numberToInt64(dim) })) },
    },
  },
});

export const node = (
  op_type: string,
  input: readonly string[],
  output: readonly string[],
  rest: NodeProto = {},
): NodeProto => ({ op_type, input, output, ...rest });

/** y = Relu(x), changed at will. */
export const reluGraph = (rest: GraphProto = {}): GraphProto => ({
  name: 'g',
  node: [node('Relu', ['x'], ['y'])],
  input: [valueInfo('x')],
  output: [valueInfo('y')],
  ...rest,
});

export const modelOf = (graph: GraphProto, rest: ModelProto = {}): ModelProto => ({
  ir_version: numberToInt64(8),
  opset_import: [{ domain: '', version: numberToInt64(17) }],
  graph,
  ...rest,
});

export const modelBytes = (graph: GraphProto, rest: ModelProto = {}): Uint8Array =>
  encode('ModelProto', modelOf(graph, rest));

/** A float32 tensor of raw data. */
export function rawTensor(name: string, values: readonly number[]): TensorProto {
  return {
    name,
    data_type: 1,
    dims: [numberToInt64(values.length)],
    raw_data: new Uint8Array(Float32Array.from(values).buffer),
  };
}

/** A graph whose initializer `w` is read by an Add. */
export const weightGraph = (weight: TensorProto): GraphProto => ({
  name: 'g',
  node: [node('Add', ['x', 'w'], ['y'])],
  initializer: [{ name: 'w', ...weight }],
  input: [valueInfo('x')],
  output: [valueInfo('y')],
});

/** An unknown field (number 1000 and up) with a length-delimited value. */
export function unknownField(number: number, value: Uint8Array): Uint8Array {
  if (value.length > 127) throw new Error('the test helper writes short fields only');
  const tag = number * 8 + 2;
  return Uint8Array.from([(tag & 127) | 128, tag >> 7, value.length, ...value]);
}

export const parseModel = (bytes: Uint8Array): ModelProto => readMessage('ModelProto', bytes);
