import { parseDocument } from 'yaml';
import { type BlockSpec, type ConvBlock, customBlock } from '../../branches/index.js';
import { fileBytes } from '../../data/files.js';
import { inputError, ReparamError } from '../../errors.js';

/** Written by people: whatever is larger is no description of a block. */
const longestSpec = 2 ** 20;

/**
 * A block type from a YAML or JSON file.
 * @throws ReparamError for a file that cannot be read, or describes no block.
 */
export async function readBlockSpec(path: string): Promise<ConvBlock> {
  const bytes = await fileBytes(path);
  if (bytes.length > longestSpec) {
    throw inputError(`${path} is too large to describe a block`, { at: path });
  }
  const document = parseDocument(new TextDecoder().decode(bytes), { prettyErrors: false });
  const [error] = document.errors;
  if (error) throw inputError(`${path} is neither YAML nor JSON: ${error.message}`, { at: path });
  try {
    return customBlock(document.toJS() as BlockSpec);
  } catch (cause) {
    if (!(cause instanceof ReparamError)) throw cause;
    const { message, hint } = cause;
    throw inputError(`${path}: ${message}`, { at: path, ...(hint !== undefined && { hint }) });
  }
}
