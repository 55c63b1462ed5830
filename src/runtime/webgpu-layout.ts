import { ReparamError } from '../errors.js';
import { allGraphs, inferTypes, type Model, type Node, type Types } from '../ir/index.js';
import { type ModelSource, readSource } from './source.js';

/** Order of the axes in which onnxruntime's WebGPU provider computes convolutions. */
export type WebGpuLayout = 'NCHW' | 'NHWC';

function weightLength(node: Node, axis: number, types: Types): number | null {
  const weight = node.inputs[1];
  const length = weight && types.of(weight)?.shape?.[axis];
  return typeof length === 'number' ? length : null;
}

/** The kernel for groups handles so many output channels at once as divide their total, though they may belong to two groups. */
function isMiscomputedConv(node: Node, group: number, types: Types): boolean {
  const channels = weightLength(node, 0, types);
  if (channels === null) return false;
  const together = channels % 4 === 0 ? 4 : channels % 2 === 0 ? 2 : 1;
  const perGroup = channels / group;
  return perGroup > together && perGroup % together !== 0;
}

/** Groups of one output channel and an even number of input channels. */
function isMiscomputedTranspose(node: Node, group: number, types: Types): boolean {
  const channels = weightLength(node, 0, types);
  return channels !== null && weightLength(node, 1, types) === 1 && (channels / group) % 2 === 0;
}

/**
 * Whether onnxruntime 1.30 computes a convolution wrongly in its NHWC layout. Found by comparing with the CPU, on
 * random convolutions; in the NCHW layout none was wrong.
 */
function isMiscomputed(node: Node, types: Types): boolean {
  const group = node.int('group', 1);
  if (group === 1) return false;
  if (node.is('Conv')) return isMiscomputedConv(node, group, types);
  return node.is('ConvTranspose') && isMiscomputedTranspose(node, group, types);
}

export interface LayoutChoice {
  readonly layout: WebGpuLayout;
  /** Why it is not onnxruntime's own choice, as a sentence; null when it is. */
  readonly note: string | null;
}

const usual: LayoutChoice = { layout: 'NHWC', note: null };

function choose(model: Model): LayoutChoice {
  const types = inferTypes(model);
  for (const { nodes } of allGraphs(model.graph)) {
    const node = nodes.find((candidate) => isMiscomputed(candidate, types));
    if (!node) continue;
    const note = `onnxruntime's WebGPU provider computes ${node.label} wrongly in its default layout: deploy with preferredLayout 'NCHW', as it ran here`;
    return { layout: 'NCHW', note };
  }
  return usual;
}

/** The layout in which onnxruntime computes a model rightly: its own choice, NHWC, unless that is known to be wrong. */
export async function chooseLayout(source: ModelSource): Promise<LayoutChoice> {
  try {
    return choose(await readSource(source));
  } catch (error) {
    // Opening the session says better what is wrong with the model.
    if (error instanceof ReparamError) return usual;
    throw error;
  }
}
