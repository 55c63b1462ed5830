import { inputError } from '../../errors.js';
import type { Tensor } from '../../tensor/index.js';
import { openNpz } from '../npz.js';
import { allArraysByInput, memberName, onlyInput } from './archive.js';
import type { ExpectedInput } from './expected.js';
import type { Loader } from './loader.js';
import { type Context, readArray, readInput, requireKind } from './read.js';
import { type Split, split } from './split.js';

type Splits = ReadonlyMap<ExpectedInput, Split>;

async function archiveSplits(path: string, { inputs, batch, note }: Context): Promise<Splits> {
  const npz = await openNpz(path);
  const splits = new Map<ExpectedInput, Split>();
  for (const [input, array] of allArraysByInput(npz, path, inputs, note)) {
    const at = memberName(path, array);
    splits.set(input, split(npz.tensor(array), input, batch, at, note));
  }
  return splits;
}

/** How many samples there are. @throws ReparamError when the arrays do not agree on it. */
function commonCount(splits: Splits, path: string): number {
  const counts = [...splits].map(([{ name }, { count }]) => ({ name, count }));
  const [first] = counts;
  const other = counts.find(({ count }) => count !== first?.count);
  if (first === undefined) return 0;
  if (other === undefined) return first.count;
  const found = `${first.count} samples of input '${first.name}', but ${other.count} of '${other.name}'`;
  throw inputError(`${path} holds ${found}`, { at: path });
}

/**
 * The samples of one file of `--data`: the arrays of an .npz, or that of an .npy or raw file, cut along their leading
 * axes. The arrays of the inputs are held as long as the samples are.
 * @throws ReparamError for arrays that do not fit the inputs or each other.
 */
export async function collectionSamples(path: string, context: Context): Promise<Loader[]> {
  const { inputs, batch, note } = context;
  const kind = requireKind(path);
  let splits: Splits;
  if (kind === 'npz') splits = await archiveSplits(path, context);
  else {
    const input = onlyInput(inputs, path);
    if (kind === 'image') {
      const load = async () => new Map([[input.name, await readInput(path, kind, input, context)]]);
      return [{ source: path, load }];
    }
    const array = await readArray(path, kind, input, true);
    splits = new Map([[input, split(array, input, batch, path, note)]]);
  }
  for (const [{ name }, { rest }] of splits) {
    if (rest > 0) note(`${rest} at the end of ${path} left out: too few for a batch of '${name}'`);
  }
  const [first] = splits.values();
  return Array.from({ length: commonCount(splits, path) }, (_, index) => ({
    source: `${path}${first?.range(index) ?? ''}`,
    load: async () =>
      new Map<string, Tensor>([...splits].map(([{ name }, part]) => [name, part.tensor(index)])),
  }));
}
