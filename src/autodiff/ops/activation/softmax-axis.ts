import type { NodeView } from '../../view.js';

/** The axis over which Softmax and LogSoftmax of opset 13 and later sum up, not negative. */
export function softmaxAxis(view: NodeView): number {
  const axis = view.node.int('axis', -1);
  return axis < 0 ? axis + view.dims(0).length : axis;
}
