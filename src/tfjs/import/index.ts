export { compareWithTfjs, type ImportComparison } from './compare.js';
export {
  type ImageLayout,
  type ImportedModel,
  type ImportOptions,
  importTfjs,
} from './import-model.js';
export type { TfjsFormat } from './read/model-file.js';
