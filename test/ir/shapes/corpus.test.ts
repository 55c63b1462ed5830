import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allGraphs, inferTypes, modelMacs } from '../../../src/ir/index.js';
import { decodeModel } from '../../../src/onnx/index.js';
import { sharedFolder } from './shared.js';

interface Meta {
  readonly input_shape: readonly number[];
  readonly output_shapes: readonly (readonly number[])[];
  readonly files: Readonly<
    Record<string, { readonly macs: number; readonly macs_unknown_convs: number }>
  >;
}

const folder = join(sharedFolder, 'corpus');
const files = existsSync(folder)
  ? readdirSync(folder).flatMap((name) =>
      readdirSync(join(folder, name))
        .filter((file) => file.endsWith('.onnx'))
        .map((file) => [name, file.replace('.onnx', '')] as const),
    )
  : [];

const readMeta = (name: string): Meta =>
  JSON.parse(readFileSync(join(folder, name, 'meta.json'), 'utf8'));

describe.skipIf(files.length === 0)('exported networks (skipped without ../shared)', () => {
  it.each(files)('%s/%s has only known shapes', (name, file) => {
    const meta = readMeta(name);
    const model = decodeModel(readFileSync(join(folder, name, `${file}.onnx`)));
    const [input] = model.graph.inputs.filter((value) => value.constant === null);
    const inputShapes = new Map([[input?.name ?? '', meta.input_shape]]);
    const types = inferTypes(model, { inputShapes });
    const values = [...allGraphs(model.graph)].flatMap((graph) =>
      graph.nodes.flatMap((node) => node.results),
    );
    const unknown = values.filter(
      (value) => !types.of(value)?.shape?.every((dim) => typeof dim === 'number'),
    );
    expect(unknown.map((value) => value.name)).toEqual([]);
    const outputs = model.graph.outputs.map((output) => types.of(output)?.shape);
    expect(outputs).toEqual(meta.output_shapes);
  });

  const counted = files.filter(([name, file]) => {
    const { macs_unknown_convs: unknown } = readMeta(name).files[file] ?? {};
    // Of these two the reference counts only the first row of a batch that is folded into another axis.
    return unknown === 0 && !['orepa_large7_base', 'repmlp_block'].includes(name);
  });

  it.each(counted)('%s/%s has the multiply-accumulates of the reference', (name, file) => {
    const meta = readMeta(name);
    const model = decodeModel(readFileSync(join(folder, name, `${file}.onnx`)));
    const [input] = model.graph.inputs.filter((value) => value.constant === null);
    const inputShapes = new Map([[input?.name ?? '', [1, ...meta.input_shape.slice(1)]]]);
    expect(modelMacs(model, inferTypes(model, { inputShapes }))).toBe(meta.files[file]?.macs);
  });
});
