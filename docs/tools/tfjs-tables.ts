import { opRules } from '../../src/tfjs/import/graph/index.js';
import { layerRules } from '../../src/tfjs/import/layers/index.js';
import { markdownTable } from './tables.js';

const sorted = (names: readonly string[]): string => [...names].sort().join(', ');

/** What can be imported of TensorFlow.js models, from the registries. */
export const tfjsTable = (): string =>
  markdownTable(
    ['Models', 'Imported'],
    [
      ['layers (`tf.loadLayersModel`)', sorted(layerRules.flatMap((rule) => rule.classNames))],
      ['graphs (`tf.loadGraphModel`)', sorted(opRules.flatMap((rule) => rule.ops))],
    ],
  );
