import { inputError } from '../../errors.js';
import { type Model, type Node, onnxOpset, type Value } from '../../ir/index.js';
import { copyModel } from '../../onnx/index.js';
import { type ImageInput, imageInput } from './images.js';

const prefix = 'teacher.';

const isTrained = (node: Node): boolean =>
  (node.is('BatchNormalization') && node.int('training_mode', 0) !== 0) ||
  (node.is('Dropout') && (node.inputs[2]?.constant?.toNumbers()[0] ?? 0) !== 0);

function check(model: Model, teacher: Model): void {
  const [own, theirs] = [onnxOpset(model), onnxOpset(teacher)];
  if (own !== theirs) {
    throw inputError(`the model is of opset ${own}, and its teacher of opset ${theirs}`, {
      hint: 'export both with the same opset',
    });
  }
  const trained = teacher.graph.nodes.find(isTrained);
  if (!trained) return;
  throw inputError(`${trained.label} of the teacher is in the form for training`, {
    at: trained.label,
    hint: 'export the teacher for inference',
  });
}

/**
 * Adds a copy of another model to a graph, to run on the same images. Its names begin with `teacher.`, its weights are
 * constants.
 * @returns its outputs `[N, K]`
 * @throws ReparamError when the two cannot be in one graph, or take different images.
 */
export function addTeacher(model: Model, images: ImageInput, source: Model): Value {
  check(model, source);
  const teacher = copyModel(source);
  const input = imageInput(teacher, images.dims[0] as number, images.dims.slice(1));
  const { graph } = model;
  const adopt = (value: Value): void => {
    value.name = graph.uniqueName(`${prefix}${value.name}`);
  };
  for (const value of teacher.graph.initializers) {
    adopt(value);
    graph.initializers.add(value);
  }
  for (const node of teacher.graph.nodes) {
    node.name = `${prefix}${node.name || node.opType}`;
    node.results.forEach(adopt);
    node.inputs.forEach((operand, i) => {
      if (operand === input.value) node.setInput(i, images.value);
    });
  }
  graph.nodes.unshift(...teacher.graph.nodes);
  const [outputs] = teacher.graph.outputs;
  if (!outputs) throw inputError('the teacher has no output');
  outputs.outputOf.clear();
  return outputs;
}
