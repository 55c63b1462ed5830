import type { Model } from '../ir/index.js';
import { decodeModel } from './decode.js';
import { encodeModel } from './encode.js';

/** A model that may be changed without the original's changing. */
export const copyModel = (model: Model): Model => decodeModel(encodeModel(model));
