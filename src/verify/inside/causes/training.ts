import type { Node } from '../../../ir/index.js';
import { statedConstant } from '../constants.js';
import type { Cause, Difference } from './cause.js';

function inTraining(node: Node): boolean {
  if (node.is('BatchNormalization')) {
    return node.int('training_mode', 0) !== 0 || node.results.length > 1;
  }
  if (!node.is('Dropout')) return false;
  const mode = statedConstant(node.inputs[2]);
  return mode?.toNumbers()[0] === 1;
}

const what: Readonly<Record<string, string>> = {
  BatchNormalization: 'it normalizes by the statistics of the batch instead of the running ones',
  Dropout: 'it drops elements at random',
};

/** BatchNormalization and Dropout that an exporter left in training mode. */
export const trainingMode: Cause = ({ partA, partB }: Difference) => {
  const sentences = (nodes: readonly Node[], other: readonly Node[], model: string): string[] => {
    const found = nodes.filter(inTraining);
    if (found.length <= other.filter(inTraining).length) return [];
    return found.map(
      (node) => `${node.label} of the ${model} model is in training mode: ${what[node.opType]}`,
    );
  };
  return [
    ...sentences(partB.nodes, partA.nodes, 'second'),
    ...sentences(partA.nodes, partB.nodes, 'first'),
  ];
};
