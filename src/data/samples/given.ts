import type { Tensor } from '../../tensor/index.js';
import { exists, isFolder } from '../files.js';
import { openNpz } from '../npz.js';
import { arraysByInput, memberName, onlyInput } from './archive.js';
import { type ExpectedInput, nameList, usageError } from './expected.js';
import { fitArray } from './fit.js';
import type { Loader } from './loader.js';
import { type Context, readInput, requireKind } from './read.js';

type Reader = () => Promise<Tensor>;

interface Binding {
  /** Null: the file does not say which input it is for. */
  readonly input: ExpectedInput | null;
  readonly path: string;
}

/** Splits `name=file` at the name of an input: names and paths may hold `=` themselves. */
async function bind(text: string, inputs: readonly ExpectedInput[]): Promise<Binding> {
  const [input] = inputs
    .filter(({ name }) => text.startsWith(`${name}=`))
    .sort((a, b) => b.name.length - a.name.length);
  if (input) return { input, path: text.slice(input.name.length + 1) };
  const [name = '', ...rest] = text.split('=');
  if (rest.length > 0 && !(await exists(text))) {
    throw usageError(
      `--input names an input '${name}' that the model does not have (it has ${nameList(inputs)})`,
    );
  }
  return { input: null, path: text };
}

async function archiveReaders(
  { input, path }: Binding,
  { inputs, note }: Context,
): Promise<[ExpectedInput, Reader][]> {
  const npz = await openNpz(path);
  const wanted = input ? [input] : inputs;
  const found: [ExpectedInput, Reader][] = [];
  for (const [each, array] of arraysByInput(npz, path, wanted, note)) {
    const at = memberName(path, array);
    found.push([each, async () => fitArray(npz.tensor(array), each, at, note)]);
  }
  return found;
}

async function readers(text: string, context: Context): Promise<[ExpectedInput, Reader][]> {
  const binding = await bind(text, context.inputs);
  const { path } = binding;
  if (await isFolder(path)) {
    throw usageError(`--input takes a file, and ${path} is a folder`, 'give --data for a folder');
  }
  const kind = requireKind(path);
  if (kind === 'npz') return archiveReaders(binding, context);
  const input = binding.input ?? onlyInput(context.inputs, path);
  return [[input, () => readInput(path, kind, input, context)]];
}

/**
 * The one sample that `name=file` texts give, each of `--input`; `name=` may be left out for a model with one input and
 * for .npz files, whose arrays go by their names.
 * @throws ReparamError for an input without a file or with two, and for files that cannot be there.
 */
export async function givenSample(texts: readonly string[], context: Context): Promise<Loader> {
  const byInput = new Map<ExpectedInput, Reader>();
  for (const text of texts) {
    for (const [input, read] of await readers(text, context)) {
      if (byInput.has(input)) throw usageError(`input '${input.name}' is given twice`);
      byInput.set(input, read);
    }
  }
  const missing = context.inputs.filter((input) => !byInput.has(input));
  if (missing.length > 0) {
    throw usageError(`no file is given for input ${nameList(missing)}`, 'give --input name=file');
  }
  return {
    source: texts.join(', '),
    async load() {
      const tensors = new Map<string, Tensor>();
      for (const [{ name }, read] of byInput) tensors.set(name, await read());
      return tensors;
    },
  };
}
