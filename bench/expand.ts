/**
 * `npm run corpus:expand -- [FOLDER]`: expands networks by every block type, merges them again, and fails where they do
 * not come back to as many convolutions, where a certificate is not valid or where the result is another function.
 * Networks: built-in ones, and of a folder of cases (those of `npm run corpus`) the deploy models.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { version } from '../cli/version.js';
import {
  applyMerge,
  type BranchType,
  branchTypes,
  buildModel,
  expand,
  loadModel,
  type Model,
  opCounts,
  planMerge,
  saveModel,
  Tensor,
  uniform,
} from '../src/index.js';
import { checkCertificate, compareModels, createCertificate } from '../src/verify/index.js';

const networks = ['vgg16', 'resnet18', 'mobilenet_v1_cifar', 'mobilenet_v2_cifar'] as const;

/** A built-in network on small images whose norms have statistics as if it had been trained. */
function network(name: string): Model {
  const model = buildModel(name, { image: [3, 32, 32], classes: 10, seed: 1 });
  const next = uniform(1);
  const draws: readonly (readonly [RegExp, () => number])[] = [
    [/running_mean$/, () => 0.2 * (next() - 0.5)],
    [/running_var$/, () => 0.5 + next()],
  ];
  for (const value of model.graph.initializers) {
    const draw = draws.find(([pattern]) => pattern.test(value.name))?.[1];
    if (!draw || !value.constant) continue;
    const { dims, size } = value.constant;
    value.constant = Tensor.fromNumbers('float32', dims, Float64Array.from({ length: size }, draw));
  }
  return model;
}

const convs = (model: Model): number => {
  const counts = opCounts(model);
  return ['Conv', 'Gemm', 'MatMul'].reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
};

interface Outcome {
  readonly layers: number;
  readonly before: number;
  readonly expanded: number;
  readonly merged: number;
  /** What merging the original itself leaves. */
  readonly least: number;
  readonly error: number;
  readonly share: number;
  readonly status: string;
  readonly certificate: string;
}

async function there(original: string, block: BranchType, folder: string): Promise<Outcome | null> {
  const source = await loadModel(original);
  const { model, expanded } = expand(source, { block, seed: 1 });
  if (expanded.length === 0) return null;
  const [branched, merged] = [join(folder, 'branched.onnx'), join(folder, 'merged.onnx')];
  await saveModel(model, branched);
  const again = await loadModel(branched);
  const { regions } = await applyMerge(await planMerge(again));
  await saveModel(again, merged);
  const files = { version, original: [branched], merged: [merged], regions };
  const certificate = await checkCertificate(branched, merged, await createCertificate(files));
  const report = await compareModels(
    { path: original },
    { path: merged },
    {
      deployments: [{ optimization: 'disabled' }],
    },
  );
  const outputs = 'runs' in report ? report.runs.flatMap((run) => run.outputs) : [];
  const itself = await loadModel(original);
  await applyMerge(await planMerge(itself));
  return {
    layers: expanded.length,
    before: convs(source),
    expanded: convs(model),
    merged: convs(again),
    least: convs(itself),
    error: Math.max(0, ...outputs.map(({ error }) => error?.maxRelative ?? 0)),
    share: Math.max(0, ...outputs.map(({ error }) => error?.toleranceUsed ?? 0)),
    status: report.status,
    certificate: certificate.status,
  };
}

const isRight = ({ merged, least, before, status, certificate }: Outcome): boolean =>
  merged === least && merged <= before && status === 'equal' && certificate === 'valid';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, block: { type: 'string' } },
});
const work = mkdtempSync(join(tmpdir(), 'reparam-expand-'));
const [corpus] = positionals;
const models: { readonly name: string; readonly open: () => Promise<string> }[] = networks.map(
  (name) => ({
    name,
    async open() {
      const path = join(work, 'original.onnx');
      await saveModel(network(name), path);
      return path;
    },
  }),
);
for (const name of corpus === undefined ? [] : readdirSync(corpus).sort()) {
  const path = join(corpus ?? '', name, 'deploy.onnx');
  if (existsSync(path)) models.push({ name, open: async () => path });
}
let failed = 0;
let count = 0;
console.log(
  '| model | block | layers | convs and matrices | relative error | of its bound | certificate | s |',
);
console.log('|---|---|---:|---:|---:|---:|---|---:|');
try {
  for (const { name, open } of models) {
    if (values.only !== undefined && !values.only.split(',').includes(name)) continue;
    const path = await open();
    for (const block of branchTypes) {
      if (values.block !== undefined && !values.block.split(',').includes(block.name)) continue;
      const start = performance.now();
      const outcome = await there(path, block, work);
      if (outcome === null) {
        console.log(`| ${name} | ${block.name} | 0 | | | | | |`);
        continue;
      }
      count++;
      const right = isRight(outcome);
      if (!right) failed++;
      const { layers, before, expanded, merged, error, share, status, certificate } = outcome;
      const cells = [
        name,
        block.name,
        layers,
        `${before} → ${expanded} → ${merged}`,
        error.toExponential(1),
        status === 'equal' ? share.toFixed(3) : status,
        certificate,
        ((performance.now() - start) / 1000).toFixed(1),
      ];
      console.log(`| ${cells.join(' | ')} |${right ? '' : ' FAIL'}`);
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`\n${count - failed} of ${count} expanded models merge to what they were`);
if (failed > 0 || count === 0) process.exitCode = 1;
