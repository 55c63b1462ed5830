import { ReparamError } from '../errors.js';
import { type DataType, isFloat, type Tensor } from '../tensor/index.js';
import type { Attribute } from './attribute.js';
import type { Graph } from './graph.js';
import type { Model } from './model.js';
import type { Node } from './node.js';
import type { Dim, TensorType, Value } from './value.js';

/** Longer tensors are shown without their values. */
const longestShown = 8;

/** ONNX's names of element types where ours differ. */
const onnxNames: Partial<Record<DataType, string>> = { float32: 'float', float64: 'double' };

const dtypeText = (dtype: DataType): string => onnxNames[dtype] ?? dtype;

const dimText = (dim: Dim): string => (dim === null ? '?' : String(dim));

/** `float[1,3,N]`, `float` for a scalar and `float[]` for an unknown rank, as ONNX writes them. */
function typeText({ dtype, shape }: TensorType): string {
  if (shape === null) return `${dtypeText(dtype)}[]`;
  return shape.length === 0
    ? dtypeText(dtype)
    : `${dtypeText(dtype)}[${shape.map(dimText).join(',')}]`;
}

const valueText = ({ type, name }: Value): string => (type ? `${typeText(type)} ${name}` : name);

const quoted = (text: string): string => JSON.stringify(text);

const utf8 = new TextDecoder();

function elementsText(tensor: Tensor): string | null {
  if (tensor.size > longestShown) return null;
  if (tensor.dtype === 'string') {
    return tensor.strings.map((bytes) => quoted(utf8.decode(bytes))).join(', ');
  }
  const readable = isFloat(tensor.dtype) || /^(u?int(8|16|32|64)|bool)$/.test(tensor.dtype);
  return readable ? tensor.toNumbers().join(', ') : null;
}

function dataText(tensor: Tensor): string {
  try {
    const elements = elementsText(tensor);
    return elements === null ? '' : ` {${elements}}`;
  } catch (error) {
    // External data may be out of reach; the rest can be shown all the same.
    if (error instanceof ReparamError) return '';
    throw error;
  }
}

const tensorText = (tensor: Tensor): string =>
  `${typeText({ dtype: tensor.dtype, shape: tensor.dims })}${dataText(tensor)}`;

/** A float that is a whole number keeps a point, so that it is not taken for an int. */
const floatText = (value: number): string =>
  Number.isInteger(value) ? value.toFixed(1) : String(value);

function attributeText(attribute: Attribute, indent: string): string {
  switch (attribute.kind) {
    case 'int':
      return String(attribute.value);
    case 'float':
      return floatText(attribute.value);
    case 'string':
      return quoted(attribute.value);
    case 'ints':
      return `[${attribute.value.join(', ')}]`;
    case 'floats':
      return `[${attribute.value.map(floatText).join(', ')}]`;
    case 'strings':
      return `[${attribute.value.map(quoted).join(', ')}]`;
    case 'tensor':
      return tensorText(attribute.value);
    case 'tensors':
      return `[${attribute.value.map(tensorText).join(', ')}]`;
    case 'graph':
      return graphText(attribute.value, indent);
    case 'graphs':
      return `[${attribute.value.map((graph) => graphText(graph, indent)).join(', ')}]`;
    case 'other':
      return '…';
  }
}

function nodeText(node: Node, indent: string): string {
  const names = (values: readonly (Value | null)[]): string =>
    values.map((value) => value?.name ?? '""').join(', ');
  const label = node.name ? `[${node.name}] ` : '';
  const domain = node.domain ? `${node.domain}.` : '';
  const overload = node.overload ? `:${node.overload}` : '';
  const attributes = [...node.attributes].map(
    ([name, attribute]) => `${name} = ${attributeText(attribute, indent)}`,
  );
  const list = attributes.length > 0 ? ` <${attributes.join(', ')}>` : '';
  const call = `${domain}${node.opType}${overload}${list} (${names(node.inputs)})`;
  return `${indent}${label}${names(node.outputs)} = ${call}`;
}

function graphText(graph: Graph, indent: string): string {
  const inner = `${indent}  `;
  const list = (values: readonly Value[]): string => values.map(valueText).join(', ');
  const initializers = [...graph.initializers].map((value) => {
    const data = value.constant ? dataText(value.constant) : '';
    return `${inner}${valueText(value)}${data && ` =${data}`}`;
  });
  return [
    `${graph.name} (${list(graph.inputs)}) => (${list(graph.outputs)})`,
    ...(initializers.length > 0 ? [`${indent}<`, initializers.join(',\n'), `${indent}>`] : []),
    `${indent}{`,
    ...graph.nodes.map((node) => nodeText(node, inner)),
    `${indent}}`,
  ].join('\n');
}

/** A model as text in the style of ONNX's own textual syntax, for people and tests. */
export function printGraph(model: Model): string {
  const opsets = [...model.opsets].map(([domain, version]) => `${quoted(domain)} : ${version}`);
  const header = [`  ir_version: ${model.irVersion}`, `  opset_import: [${opsets.join(', ')}]`];
  return `<\n${header.join(',\n')}\n>\n${graphText(model.graph, '')}\n`;
}
