import { readFile, writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Certificate, CertificateReport, VerifyReport } from '../../src/verify/index.js';
import { type InputKind, inputKinds } from '../../src/verify/inputs/inputs.js';
import {
  collect,
  type DeviceChoice,
  deviceChoices,
  deviceOption,
  type OptimizationLevel,
  optimizationOption,
  parseCount,
  parseNames,
  parseNumbers,
  parseOutput,
  parsePositive,
  parseShape,
  parseSize,
  parseTolerance,
} from '../arguments.js';
import { checkWritable, refuseOverwriting } from '../files/outputs.js';
import { writeStaged } from '../files/staging.js';
import { certificateText } from '../ui/certificate-text.js';
import { exitCodes } from '../ui/failure.js';
import { print, printError, printJson } from '../ui/print.js';
import { stagedProgress } from '../ui/progress.js';
import { verifyText } from '../ui/verify-text.js';
import { version } from '../version.js';

export interface VerifyFlags {
  readonly device: readonly DeviceChoice[];
  readonly referenceDevice: DeviceChoice;
  readonly optimization: OptimizationLevel;
  readonly tf32?: boolean;
  readonly precision?: 'float16' | 'bfloat16';
  readonly seed: number;
  readonly runs: number;
  readonly kinds?: readonly (InputKind | 'none')[];
  readonly shape?: ReadonlyMap<string, readonly number[]>;
  readonly input?: readonly string[];
  readonly data?: readonly string[];
  readonly batch?: number;
  readonly size?: readonly [height: number, width: number];
  readonly fit?: 'crop' | 'stretch';
  readonly scale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly output?: readonly { readonly a: string; readonly b: string }[];
  readonly atol?: number;
  readonly rtol?: number;
  readonly ulp?: number;
  readonly bisect?: boolean;
  readonly inside: boolean;
  readonly certificate?: string;
  readonly report?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const details = `
A runs on the CPU node by node, without onnxruntime's optimizations; B runs on each device as it would be deployed,
with all of them. Float32 products are not rounded to TF32 unless --tf32 allows it.

The inputs are seeded: normal, uniform, constant, impulses, borders, large and denormal, and where lengths are open
also other sizes. The tolerance is derived from the models' arithmetic (reduction lengths, unit roundoff, measured
amplification) unless --atol, --rtol or --ulp replace it: then |b - a| <= atol + rtol * |a| + ulp units in the last
place of a decides.

--input and --data add inputs of one's own, which must pass too; over all samples the agreement is shown: cosine,
signal-to-noise ratio, and how often the best class and how many of the best five are the same. Images are resized as
torchvision does for evaluation, scaled by 1/255, and normalized by --mean and --std. --kinds none leaves the seeded
inputs out.

Models that seem equal are also compared inside: values are matched by name, else by structure, and every part
between them is run alone. --bisect does that for models that differ, and says where they part and why.

With --certificate, the proof that reparam merge wrote is checked too, from the two files alone: their SHA-256,
every merged region on fresh test images in both of them, and that nothing else was changed.

Exit codes:
  0  the models agree, and the certificate is valid
  1  they differ, or the certificate is not valid
  2  wrong usage, or a file that cannot be read or run
  3  a device or package is missing: see reparam doctor

Examples:
  $ reparam verify branched.onnx merged.onnx
  $ reparam verify branched.onnx merged.onnx --certificate merged.json
  $ reparam verify branched.onnx merged.onnx --device cpu,webgpu
  $ reparam verify a.onnx b.onnx --bisect --report report.html
  $ reparam verify a.onnx b.onnx --data photos/ --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225
  $ reparam verify a.onnx b.onnx --shape images:1x3x640x640 --runs 5
  $ reparam verify detector.onnx without_decoding.onnx --output scores --output raw_boxes=boxes
  $ reparam verify a.onnx b.onnx --atol 1e-4 --rtol 1e-3 --json`;

const exitCodeOf: Record<VerifyReport['status'], number> = {
  equal: exitCodes.ok,
  different: exitCodes.checkFailed,
  incomparable: exitCodes.checkFailed,
  unrunnable: exitCodes.badInput,
};

async function readCertificate(path: string): Promise<Certificate> {
  const { parseCertificate } = await import('../../src/verify/index.js');
  return parseCertificate(await readFile(path, 'utf8'));
}

interface Findings {
  readonly report: VerifyReport;
  /** Null when no certificate was given. */
  readonly certificate: CertificateReport | null;
}

const withNotes = (report: VerifyReport, notes: readonly string[]): VerifyReport =>
  'notes' in report ? { ...report, notes: [...report.notes, ...notes] } : report;

async function examine(a: string, b: string, flags: VerifyFlags): Promise<Findings> {
  const { checkCertificate, verifyModels } = await import('../../src/verify/index.js');
  const { givenSamples, toVerifyOptions } = await import('../verify-options.js');
  // Asked first: what cannot be read or written is known at once.
  if (flags.report !== undefined) {
    await refuseOverwriting([a, b], [flags.report]);
    await checkWritable(flags.report);
  }
  const claimed = flags.certificate ? await readCertificate(flags.certificate) : null;
  const bars = stagedProgress(flags.quiet);
  const onProgress = (stage: string) => (done: number, total: number) =>
    bars.update(stage, done, total);
  try {
    const samples = await givenSamples(a, flags);
    const options = {
      ...(await toVerifyOptions(flags, samples)),
      onProgress: onProgress('verify'),
      onInside: () => bars.update('inside', 0, 1),
    };
    const report = withNotes(
      await verifyModels({ path: a }, { path: b }, options),
      samples?.notes ?? [],
    );
    const checkOptions = { onProgress: onProgress('certificate') };
    const certificate = claimed && (await checkCertificate(a, b, claimed, checkOptions));
    return { report, certificate };
  } finally {
    bars.stop();
  }
}

async function writeReport(path: string, a: string, b: string, findings: Findings): Promise<void> {
  const { verifyHtml } = await import('../../src/report/index.js');
  const { describeMachine } = await import('../../src/runtime/index.js');
  const { node, onnxruntime, platform } = await describeMachine();
  const made = {
    tool: version,
    node,
    onnxruntime: onnxruntime ?? 'unknown',
    platform,
    command: process.argv.slice(2),
  };
  const html = verifyHtml({ a, b, ...findings, made });
  await writeStaged([path], ([staged = '']) => writeFile(staged, html));
}

async function verify(a: string, b: string, flags: VerifyFlags): Promise<void> {
  const { report, certificate } = await examine(a, b, flags);
  if (flags.report !== undefined) await writeReport(flags.report, a, b, { report, certificate });
  if (flags.json) printJson({ a, b, ...report, ...(certificate ? { certificate } : {}) });
  else {
    if (report.status === 'unrunnable') printError(verifyText(a, b, report));
    else if (!flags.quiet) print(verifyText(a, b, report));
    if (certificate && !flags.quiet) print(`\n${certificateText(certificate)}`);
  }
  const certified = certificate?.status === 'invalid' ? exitCodes.checkFailed : exitCodes.ok;
  process.exitCode = Math.max(exitCodeOf[report.status], certified);
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .summary('check that two models compute the same function')
    .description('Runs two models on the same inputs and compares their outputs.')
    .argument('<A>', 'the reference, an ONNX file')
    .argument('<B>', 'the model to hold against it')
    .addOption(deviceOption('B runs'))
    .addOption(
      new Option('--reference-device <name>', 'where A runs').choices(deviceChoices).default('cpu'),
    )
    .addOption(optimizationOption('B'))
    .option('--tf32', 'allow TF32 on NVIDIA GPUs, and judge by its precision')
    .addOption(
      new Option('--precision <type>', 'a coarser type in which B may compute').choices([
        'float16',
        'bfloat16',
      ]),
    )
    .option('--seed <n>', 'seed of the first round of inputs', parseCount, 0)
    .option('--runs <n>', 'how often each kind of input is drawn', parsePositive, 1)
    .option(
      '--kinds <list>',
      'kinds of inputs, separated by commas',
      parseNames([...inputKinds, 'none']),
    )
    .option('--shape <name:dims>', 'shape of an input with open lengths; repeatable', parseShape)
    .option('--input <name=file>', 'an input: .npy, .npz, .bin or an image; repeatable', collect)
    .option('--data <path>', 'many: a folder of such files, an .npz or .npy; repeatable', collect)
    .option('--batch <n>', 'samples a run, for a model with an open batch', parsePositive)
    .option('--size <HxW>', 'size of images, where the model leaves it open', parseSize)
    .addOption(
      new Option('--fit <how>', 'how images come to their size').choices(['crop', 'stretch']),
    )
    .option('--scale <x>', 'factor of pixels of 0 to 255, 1/255 by default', parseTolerance)
    .option('--mean <list>', 'mean of each channel, subtracted after scaling', parseNumbers)
    .option('--std <list>', 'standard deviation of each channel, divided by', parseNumbers)
    .option(
      '--output <A[=B]>',
      'compare this value alone, also one inside; repeatable',
      parseOutput,
    )
    .option('--atol <x>', 'absolute tolerance, instead of the derived one', parseTolerance)
    .option('--rtol <x>', 'relative tolerance, instead of the derived one', parseTolerance)
    .option(
      '--ulp <n>',
      'tolerance in units in the last place, instead of the derived one',
      parseTolerance,
    )
    .option('--bisect', 'say where models that differ part, and why')
    .option('--no-inside', 'compare the outputs alone')
    .option('--certificate <file>', 'check the certificate of a merge too')
    .option('--report <file>', 'write everything that was seen to a self-contained HTML page')
    .option('--json', 'print the whole report as JSON')
    .option('-q, --quiet', 'print nothing; the exit code is the answer')
    .addHelpText('after', details)
    .action(verify);
}
