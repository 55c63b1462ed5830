/**
 * `npm run corpus -- DIR`: merges every case of a folder and holds it against the authors' own conversion. A case is a
 * folder with `branched_*.onnx`, `input.bin` (float32), `ref64_K.bin` (float64 outputs), `meta.json` and, where the
 * authors have one, `deploy.onnx`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  applyMerge,
  loadModel,
  type Model,
  opCounts,
  planMerge,
  runModel,
  Tensor,
} from '../src/index.js';

interface Meta {
  readonly input_shape: readonly number[];
  readonly files: Readonly<Record<string, { readonly conv?: number; readonly bn?: number }>>;
}

interface Line {
  readonly name: string;
  readonly convs: string;
  readonly error: string;
  readonly seconds: string;
  readonly verdict: string;
  readonly ok: boolean;
}

/** Largest difference from the references, relative to each output's largest magnitude. */
async function relativeError(
  model: Model | { readonly path: string },
  feed: Tensor,
  references: readonly Float64Array[],
): Promise<number> {
  const input = 'path' in model ? (await loadModel(model.path)).graph : model.graph;
  const name = input.inputs.find((value) => value.constant === null)?.name ?? '';
  const outputs = [...(await runModel(model, new Map([[name, feed]]))).values()];
  let worst = 0;
  references.forEach((reference, k) => {
    const actual = outputs[k]?.toNumbers() ?? new Float64Array();
    const scale = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    if (actual.length !== reference.length) worst = Number.POSITIVE_INFINITY;
    for (let i = 0; i < actual.length; i++) {
      const error = Math.abs((actual[i] as number) - (reference[i] as number)) / scale;
      if (!(error <= worst)) worst = error;
    }
  });
  return worst;
}

function readReferences(folder: string): Float64Array[] {
  const references: Float64Array[] = [];
  for (let k = 0; existsSync(join(folder, `ref64_${k}.bin`)); k++) {
    const bytes = readFileSync(join(folder, `ref64_${k}.bin`));
    references.push(new Float64Array(new Uint8Array(bytes).buffer));
  }
  return references;
}

const convCount = (model: Model): number => {
  const counts = opCounts(model);
  return (counts.get('Conv') ?? 0) + (counts.get('ConvTranspose') ?? 0);
};

const normCount = (model: Model): number => opCounts(model).get('BatchNormalization') ?? 0;

async function checkCase(folder: string, name: string): Promise<Line[]> {
  const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as Meta;
  const feed = new Tensor(
    'float32',
    meta.input_shape,
    new Uint8Array(readFileSync(join(folder, 'input.bin'))),
  );
  const references = readReferences(folder);
  const deployPath = join(folder, 'deploy.onnx');
  const deploy = existsSync(deployPath) ? await loadModel(deployPath) : null;
  const goal = deploy ? convCount(deploy) : meta.files.deploy?.conv;
  const goalNorms = deploy ? normCount(deploy) : meta.files.deploy?.bn;
  const deployError = deploy ? await relativeError(deploy, feed, references) : 0;
  const lines: Line[] = [];
  const files = readdirSync(folder).filter((file) => /^branched.*\.onnx$/.test(file));
  for (const file of files.sort()) {
    const path = join(folder, file);
    const branchedError = await relativeError({ path }, feed, references);
    const before = await loadModel(path);
    const convsBefore = convCount(before);
    const start = performance.now();
    const plan = await planMerge(before);
    const result = await applyMerge(plan);
    const seconds = (performance.now() - start) / 1000;
    const error = await relativeError(result.model, feed, references);
    const limit = 2 * Math.max(deployError, branchedError);
    const convs = convCount(result.model);
    const norms = normCount(result.model);
    const faults: string[] = [];
    if (!(error <= limit)) faults.push(`error above ${limit.toExponential(1)}`);
    if (goal !== undefined && convs > goal) faults.push(`${convs - goal} Conv more than deployed`);
    if (goalNorms === 0 && norms > 0) faults.push(`${norms} BatchNormalization left`);
    for (const { node, refusal } of result.refused) faults.push(`${node.label}: ${refusal.reason}`);
    if (process.env.CORPUS_REASONS && faults.length > 0) {
      for (const { node, refusal } of plan.nearMisses)
        faults.push(`\n    ${node.label}: ${refusal.reason} [${refusal.at ?? ''}]`);
    }
    lines.push({
      name: `${name}/${file.replace('.onnx', '')}`,
      convs: `${convsBefore} → ${convs} (deployed ${goal ?? '?'})`,
      error: `${error.toExponential(1)} (branched ${branchedError.toExponential(1)}, deployed ${deployError.toExponential(1)})`,
      seconds: seconds.toFixed(2),
      verdict: faults.length === 0 ? 'ok' : faults.join('; '),
      ok: faults.length === 0,
    });
  }
  return lines;
}

async function main(): Promise<void> {
  const [root, ...only] = process.argv.slice(2);
  if (root === undefined) {
    console.error('usage: npm run corpus -- DIR [CASE …]');
    process.exitCode = 2;
    return;
  }
  const cases = readdirSync(root).filter((name) => existsSync(join(root, name, 'meta.json')));
  let failed = 0;
  let total = 0;
  for (const name of cases.sort()) {
    if (only.length > 0 && !only.includes(name)) continue;
    let lines: Line[];
    try {
      lines = await checkCase(join(root, name), name);
    } catch (error) {
      const verdict =
        error instanceof Error
          ? process.env.REPARAM_DEBUG
            ? (error.stack ?? '')
            : error.message
          : String(error);
      lines = [{ name, convs: '', error: '', seconds: '', verdict, ok: false }];
    }
    for (const line of lines) {
      total++;
      if (!line.ok) failed++;
      console.log(
        `${line.name.padEnd(44)} Conv ${line.convs.padEnd(24)} error ${line.error.padEnd(50)} ${line.seconds.padStart(6)} s  ${line.verdict}`,
      );
    }
  }
  console.log(`${total - failed} of ${total} models as good as the authors' own conversion`);
  if (failed > 0 || total === 0) process.exitCode = 1;
}

await main();
