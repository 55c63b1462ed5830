import { accept, refuse, type Verdict } from '../errors.js';
import { inferTypes, type Model } from '../ir/index.js';
import { elementCount } from '../tensor/index.js';
import { knownDims } from './concrete.js';

/** Channels beyond this are a damaged file's, not a network's. */
export const maxChannels = 1 << 20;

/** Bytes of one merged operator. */
export const maxWeights = 2 ** 31;

/** Elements of one value while constants are folded or regions are probed. */
const maxElements = 2 ** 28;

/** Refuses a model in which some value is too large to be computed here: a few bytes can ask for terabytes. */
export function checkSizes(model: Model): Verdict<void> {
  const types = inferTypes(model);
  for (const node of model.graph.nodes) {
    for (const result of node.results) {
      const dims = knownDims(types.of(result)?.shape ?? null);
      if (dims && elementCount(dims) > maxElements) {
        return refuse(`it has ${elementCount(dims).toLocaleString('en-US')} elements`, node.label);
      }
    }
  }
  return accept(undefined);
}
