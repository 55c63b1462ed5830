import { ReparamError } from '../../errors.js';
import { type DataType, Tensor } from '../../tensor/index.js';
import type { Backend } from '../engine/backend.js';
import type { Tf, TfTensor } from '../engine/tf.js';
import type { ImportedModel } from './import-model.js';
import { permute } from './permute.js';
import { lastToSecond, secondToLast } from './writer.js';

/** The model as TensorFlow.js itself runs it, with the names and layouts of the imported one. */
export interface TfjsModel extends AsyncDisposable {
  predict(inputs: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>>;
}

const isImage = ({ dims }: Tensor, { inputLayout }: ImportedModel): boolean =>
  inputLayout === 'nchw' && dims.length === 4;

/** Types whose numbers both know. */
const sharedTypes: readonly DataType[] = ['float32', 'int32', 'bool'];

function toTf(tf: Tf, tensor: Tensor): TfTensor {
  const type = tensor.dtype as 'float32' | 'int32' | 'bool';
  return tf.tensor(Float32Array.from(tensor.toNumbers()), [...tensor.dims], type);
}

async function fromTf(tensor: TfTensor): Promise<Tensor> {
  const dtype = sharedTypes.find((type) => type === tensor.dtype) ?? 'float32';
  return Tensor.fromNumbers(dtype, tensor.shape, await tensor.data<'float32'>());
}

interface Loaded {
  run(inputs: readonly TfTensor[]): TfTensor | TfTensor[];
  dispose(): void;
}

async function load(imported: ImportedModel, { tf }: Backend): Promise<Loaded> {
  const { file, inputNames, outputSources } = imported;
  const { weightsManifest: _, ...artifacts } = file.json;
  const { specs, data } = file.weights;
  const weightData = data.slice().buffer;
  const handler = { load: async () => ({ ...artifacts, weightSpecs: specs, weightData }) as never };
  if (file.format === 'layers-model') {
    const model = await tf.loadLayersModel(handler);
    return {
      run: (inputs) => model.predict([...inputs]) as TfTensor | TfTensor[],
      dispose: () => model.dispose(),
    };
  }
  const model = await tf.loadGraphModel(handler);
  return {
    run: (inputs) => {
      const named = inputNames.map((name, i) => [name, inputs[i] as TfTensor] as const);
      return model.execute(Object.fromEntries(named), [...outputSources]);
    },
    dispose: () => model.dispose(),
  };
}

/** What TensorFlow.js throws, as an error that says whose it is. */
function refused(what: string, cause: unknown): ReparamError {
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  return new ReparamError('check', `TensorFlow.js itself cannot ${what} the model: ${reason}`, {
    hint: 'nothing was written; --no-verify imports it all the same',
    cause,
  });
}

/** Gives the model to TensorFlow.js, which reads topology and weights by itself. */
export async function openTfjsModel(imported: ImportedModel, backend: Backend): Promise<TfjsModel> {
  const { tf } = backend;
  const loaded = await load(imported, backend).catch((cause: unknown) => {
    throw refused('load', cause);
  });
  const run = (inputs: readonly TfTensor[]): TfTensor[] => {
    try {
      return tf.tidy(() => [loaded.run(inputs)].flat());
    } catch (cause) {
      throw refused('run', cause);
    }
  };
  return {
    async predict(inputs) {
      const given = imported.inputNames.map((name) => {
        const tensor = inputs.get(name) as Tensor;
        return toTf(tf, isImage(tensor, imported) ? permute(tensor, secondToLast(4)) : tensor);
      });
      const results = run(given);
      const outputs = new Map<string, Tensor>();
      for (const [i, name] of imported.outputNames.entries()) {
        const tensor = await fromTf(results[i] as TfTensor);
        const placed = isImage(tensor, imported) ? permute(tensor, lastToSecond(4)) : tensor;
        outputs.set(name, placed);
      }
      tf.dispose([...given, ...results]);
      return outputs;
    },
    async [Symbol.asyncDispose]() {
      loaded.dispose();
    },
  };
}
