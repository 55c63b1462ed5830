import { ReparamError } from '../../errors.js';
import { shown } from '../text.js';
import { arrays } from './arrays.js';
import { cifar10, cifar100 } from './cifar.js';
import type { Dataset, Examples, OpenOptions, Split } from './examples.js';
import { imageFolder } from './image-folder.js';
import { fashionMnist, mnist } from './mnist.js';
import { parquet } from './parquet.js';
import { synthetic } from './synthetic.js';

export {
  type Dataset,
  type Examples,
  examplesOf,
  type Normalization,
  type OpenOptions,
  type Split,
} from './examples.js';

/** All kinds of data sets. A new one is a file, and a line here. */
export const datasets: readonly Dataset[] = [
  cifar10,
  cifar100,
  mnist,
  fashionMnist,
  imageFolder,
  parquet,
  arrays,
  synthetic,
];

const usage = (message: string): ReparamError =>
  new ReparamError('usage', message, {
    hint: `data are named as ${datasets.map(({ name }) => (name === 'synthetic' ? name : `${name}:PATH`)).join(', ')}`,
  });

/**
 * Opens one part of a data set.
 * @param spec `cifar10:DIR`, `imagefolder:DIR`, `synthetic`, `synthetic:classes=4,size=16` …: a name of `datasets` and
 *   where it is.
 * @throws ReparamError ('usage') for another name, ('input') for files that are missing or damaged.
 */
export async function openDataset(
  spec: string,
  split: Split,
  options: OpenOptions = {},
): Promise<Examples> {
  const [, name = spec, location = ''] = /^([^:]*):(.*)$/s.exec(spec) ?? [];
  const dataset = datasets.find((known) => known.name === name);
  if (dataset === undefined) throw usage(`there is no data set '${shown(name)}'`);
  if (location === '' && dataset !== synthetic)
    throw usage(`'${shown(spec)}' does not say where the data are`);
  return dataset.open(location, split, options);
}
