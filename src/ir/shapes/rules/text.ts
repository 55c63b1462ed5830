import { typed } from '../dims.js';
import type { TypeRule } from './rule.js';

/** Strings [...] → their parts [..., longest] and the numbers of parts [...]. */
const stringSplit: TypeRule = {
  opTypes: ['StringSplit'],
  infer(context) {
    const shape = context.shape(0);
    return [typed('string', shape && [...shape, null]), typed('int64', shape)];
  },
};

/** [C] or [N, C] → counts [k] or [N, k], k being one more than the largest output index. */
const tfIdf: TypeRule = {
  opTypes: ['TfIdfVectorizer'],
  infer(context) {
    const shape = context.shape(0);
    const indexes = context.node.ints('ngram_indexes');
    const size = indexes?.reduce((most, index) => Math.max(most, index + 1), 0) ?? null;
    return [typed('float32', shape && [...shape.slice(0, -1), size])];
  },
};

/** An encoded image → [H, W, channels]. */
const imageDecoder: TypeRule = {
  opTypes: ['ImageDecoder'],
  infer({ node }) {
    const channels = node.string('pixel_format', 'RGB') === 'Grayscale' ? 1 : 3;
    return [typed('uint8', [null, null, channels])];
  },
};

export const textRules: readonly TypeRule[] = [stringSplit, tfIdf, imageDecoder];
