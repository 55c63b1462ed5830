import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { allGraphs, inferTypes, type Model, type TensorType } from '../../../src/ir/index.js';
import { decodeTensor } from '../../../src/onnx/decode-tensor.js';
import { decodeModel } from '../../../src/onnx/index.js';
import { readMessage } from '../../../src/onnx/wire.js';
import { dataTypes, type Tensor } from '../../../src/tensor/index.js';
import { unpack } from './shared.js';

const archive = unpack('data/onnx-node-tests.tar.xz');
afterAll(() => archive?.remove());

/** Scan-8, which has a batch axis. */
const otherSignature = new Set(['test_scan_sum']);

/** Operators whose output lengths depend on data that inference does not follow. */
const dataDependent = new Set([
  ...['Compress', 'ImageDecoder', 'Loop', 'NonMaxSuppression', 'Optional', 'OptionalGetElement'],
  ...['SequenceAt', 'ConcatFromSequence', 'StringNormalizer', 'StringSplit', 'Unique'],
]);

const readTensor = (file: string): Tensor | null =>
  existsSync(file) ? decodeTensor(readMessage('TensorProto', readFileSync(file)), file) : null;

interface Output {
  readonly test: string;
  readonly op: string;
  readonly inferred: TensorType | null;
  readonly actual: Tensor;
  readonly integers: readonly unknown[] | null;
}

const operators = (model: Model): string[] => [
  ...new Set(
    [...allGraphs(model.graph)].flatMap((graph) => graph.nodes.map((node) => node.opType)),
  ),
];

/** Outputs of all tests; `feed` makes the inputs of each test constants, as an exporter would write axes or shapes. */
function outputs(root: string, feed: boolean): Output[] {
  return readdirSync(root).flatMap((test) => {
    const model = decodeModel(readFileSync(join(root, test, 'model.onnx')));
    if (model.graph.nodes.some((node) => node.domain !== '')) return [];
    const data = (name: string) => join(root, test, 'test_data_set_0', name);
    const declared = model.graph.outputs.map((output) => output.type);
    for (const output of model.graph.outputs) output.type = null;
    model.graph.inputs.forEach((input, i) => {
      if (feed && input.type) input.constant = readTensor(data(`input_${i}.pb`));
    });
    const types = inferTypes(model);
    return model.graph.outputs.flatMap((output, i) => {
      const actual = declared[i] ? readTensor(data(`output_${i}.pb`)) : null;
      if (!actual) return [];
      const inferred = types.of(output);
      const integers = types.integers(output);
      return [{ test, op: operators(model).join(' '), inferred, actual, integers }];
    });
  });
}

function contradicts({ inferred, actual }: Output): boolean {
  if (inferred === null) return false;
  if (inferred.dtype !== actual.dtype) return true;
  const { shape } = inferred;
  return (
    shape !== null &&
    (shape.length !== actual.dims.length ||
      shape.some((dim, i) => typeof dim === 'number' && dim !== actual.dims[i]))
  );
}

const isComplete = ({ inferred }: Output): boolean =>
  inferred?.shape?.every((dim) => typeof dim === 'number') ?? false;

describe.skipIf(archive === null)(
  'operator tests of the ONNX project (skipped without ../shared)',
  () => {
    const root = join(archive?.path ?? '', 'onnx-node-tests/onnx/backend/test/data/node');

    it('no type contradicts an actual output', () => {
      const all = outputs(root, false);
      expect(all.length).toBeGreaterThan(2000);
      expect(all.filter(contradicts).map(({ test }) => test)).toEqual([]);
      expect(all.filter(isComplete).length / all.length).toBeGreaterThan(0.8);
    });

    it('with constant inputs all shapes are known, except where they depend on data', () => {
      const all = outputs(root, true);
      expect(all.filter(contradicts).map(({ test }) => test)).toEqual([]);
      const missing = all.filter((output) => !isComplete(output));
      expect(missing.length / all.length).toBeLessThan(0.06);
      const unexpected = missing.filter(
        ({ test, op }) =>
          !otherSignature.has(test) && !op.split(' ').some((name) => dataDependent.has(name)),
      );
      expect(unexpected.map(({ test }) => test)).toEqual([]);
    });

    it('elements that are known are those of the actual output', () => {
      const known = outputs(root, true).filter(({ integers }) => integers !== null);
      expect(known.length).toBeGreaterThan(80);
      for (const { test, integers, actual } of known) {
        if (dataTypes[actual.dtype].bits < 8) continue;
        const numbers = [...actual.toNumbers()];
        const expected = integers?.map((element, i) => (element === null ? null : numbers[i]));
        expect([test, integers]).toEqual([test, expected]);
      }
    });

    it('notices a contradiction', () => {
      const [first] = outputs(root, false).filter(isComplete);
      const wrong = { ...(first as Output), inferred: { dtype: 'float32', shape: [99] } } as const;
      expect(contradicts(wrong)).toBe(true);
    });
  },
);
