import type { Model } from '../../ir/index.js';
import { blockLength } from './block-length.js';
import { blockConvolutions } from './convolutions.js';

export { blockConvolutions, blockLength };

/** A model for the CPU provider whose convolutions run in blocks of channels where this processor has kernels for them. */
export async function withBlockedConvolutions(model: Model): Promise<Model> {
  const block = await blockLength();
  return block === null ? model : blockConvolutions(model, block);
}
