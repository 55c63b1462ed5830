import type { Node, Value } from '../ir/index.js';

/** Names that exporters make up for constants, which say nothing of the layer. */
const generated = /^(onnx::|\d+$|.*(constant|_output_\d))/i;

/**
 * What the parameters of a node's block are named after: its weight's name without `.weight`, or the node's own where an
 * exporter has made up the former (`/layer1/conv1/Conv` is `layer1.conv1`).
 */
export function layerName(node: Node, weight: Value): string {
  if (weight.name !== '' && !generated.test(weight.name)) {
    return weight.name.replace(/[._]weight$/, '');
  }
  const path = node.name
    .replace(/^\/+/, '')
    .replaceAll('/', '.')
    .replace(/\.(Conv|Gemm|MatMul)(_\d+)?$/, '');
  return path === '' || generated.test(path) ? node.opType.toLowerCase() : path;
}
