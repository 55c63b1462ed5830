import type { Node } from '../../ir/index.js';
import type { NodeSketch } from './report.js';
import type { VaryingGraph } from './varying.js';

const differs = (values: readonly number[] | null, usual: number): boolean =>
  values?.some((value) => value !== usual) ?? false;

const together = (values: readonly number[]): string =>
  new Set(values).size === 1 ? String(values[0]) : values.join('×');

function convDetail(node: Node, { types }: VaryingGraph): string {
  const shape = node.inputs[1] && types.of(node.inputs[1])?.shape;
  if (!shape?.every((dim) => typeof dim === 'number')) return '';
  const [first = 0, second = 0, ...kernel] = shape as number[];
  const group = node.int('group', 1);
  const [cin, cout] = node.is('Conv') ? [second * group, first] : [first, second * group];
  const strides = node.ints('strides');
  const dilations = node.ints('dilations');
  return [
    `${kernel.join('×')}, ${cin} → ${cout}`,
    ...(differs(strides, 1) ? [`stride ${together(strides ?? [])}`] : []),
    ...(differs(dilations, 1) ? [`dilation ${together(dilations ?? [])}`] : []),
    ...(group > 1 ? [`${group} groups`] : []),
  ].join(', ');
}

function poolDetail(node: Node): string {
  const strides = node.ints('strides');
  const kernel = node.ints('kernel_shape')?.join('×') ?? '';
  return differs(strides, 1) ? `${kernel}, stride ${together(strides ?? [])}` : kernel;
}

function matrixDetail(node: Node, { types }: VaryingGraph): string {
  const shape = node.inputs[1] && types.of(node.inputs[1])?.shape;
  if (shape?.length !== 2) return '';
  return node.int('transB', 0) === 1 ? `${shape[1]} → ${shape[0]}` : `${shape[0]} → ${shape[1]}`;
}

function detail(node: Node, graph: VaryingGraph): string {
  if (node.is('Conv', 'ConvTranspose')) return convDetail(node, graph);
  if (node.is('AveragePool', 'MaxPool')) return poolDetail(node);
  return node.is('Gemm', 'MatMul') ? matrixDetail(node, graph) : '';
}

/** A node as people read it. */
export const sketchNode = (node: Node, graph: VaryingGraph): NodeSketch => ({
  opType: node.opType,
  label: node.label,
  detail: detail(node, graph),
  inputs: graph.operands(node).map(({ name }) => name),
  outputs: node.results.map(({ name }) => name),
});
