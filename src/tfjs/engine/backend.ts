import { ReparamError } from '../../errors.js';
import type { Tf } from './tf.js';

/** TensorFlow.js, ready to compute. */
export interface Backend {
  readonly tf: Tf;
  /** The npm package that it came from. */
  readonly package: string;
  /** Which was taken, and why, as sentences. */
  readonly notes: readonly string[];
}

interface Candidate {
  readonly name: string;
  readonly what: string;
}

/** The packages that have TensorFlow.js, the fastest first. */
export const tfjsPackages: readonly Candidate[] = [
  { name: '@tensorflow/tfjs-node-gpu', what: "with TensorFlow's kernels on an NVIDIA GPU" },
  { name: '@tensorflow/tfjs-node', what: "with TensorFlow's kernels on the CPU" },
  {
    name: '@tensorflow/tfjs',
    // Its WebAssembly kernels lack Conv2DBackpropFilter, the gradient of a convolution's weights.
    what: 'in JavaScript on the CPU, which is slow; its WebAssembly kernels cannot train convolutions',
  },
];

/** What adds TensorFlow.js. */
export const tfjsRemedy =
  'npm install @tensorflow/tfjs-node (Node 18 to 22), or @tensorflow/tfjs (any Node, slow)';

/** What `import` gives for a CommonJS package. */
type Loaded = Partial<Tf> & { readonly default?: Tf };
export type Importer = (name: string) => Promise<unknown>;

const isMissing = (error: unknown, name: string): boolean => {
  const { code, message = '' } = error as Partial<NodeJS.ErrnoException>;
  return /MODULE_NOT_FOUND/.test(code ?? '') && message.includes(`'${name}'`);
};

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

/** Why no better package was taken, as one sentence. */
function reasons(missing: readonly string[], broken: readonly string[]): string[] {
  const absent = missing.length > 0 ? [`${missing.join(' and ')} not installed`] : [];
  return [...absent, ...broken];
}

/**
 * Loads the fastest package with TensorFlow.js that this machine has.
 * @param load loads a package
 * @throws ReparamError (environment) when there is none, with the command that adds one.
 */
export async function openBackend(load: Importer = (name) => import(name)): Promise<Backend> {
  const missing: string[] = [];
  const broken: string[] = [];
  for (const { name, what } of tfjsPackages) {
    try {
      const loaded = (await load(name)) as Loaded;
      const tf = (loaded.default ?? loaded) as Tf;
      // Keeps it from advertising its other packages on the console.
      tf.env().set('PROD', true);
      await tf.ready();
      const why = reasons(missing, broken).join('; ');
      const note = `TensorFlow.js ${tf.version_core} computes ${what} (${name}${why && `; ${why}`})`;
      return { tf, package: name, notes: [note] };
    } catch (error) {
      if (isMissing(error, name)) missing.push(name);
      else broken.push(`${name} does not load: ${firstLine(error)}`);
    }
  }
  const problem = broken.length > 0 ? broken.join('; ') : 'TensorFlow.js is not installed';
  throw new ReparamError('environment', problem, { hint: tfjsRemedy });
}
