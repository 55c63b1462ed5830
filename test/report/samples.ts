/** Findings as literals: what a verification would say of networks that nobody has to run for it. */
import type { Made, VerifyFindings } from '../../src/report/index.js';
import type { CertificateReport } from '../../src/verify/certificate/certificate-check.js';
import type {
  Divergence,
  GraphSketch,
  InsideReport,
  NodeSketch,
  RewrittenPart,
  ValueError,
  ValueReport,
} from '../../src/verify/inside/report.js';
import type {
  ComparedReport,
  OutputReport,
  RunReport,
  VerifyReport,
} from '../../src/verify/report.js';

const made: Made = {
  tool: '0.1.0',
  node: '20.20.2',
  onnxruntime: '1.30.0',
  platform: 'linux x64',
  command: ['verify', 'models/dbb_resnet18.onnx', 'dbb deploy.onnx', '--html', 'report.html'],
};

export const findings = (
  report: VerifyReport,
  certificate: CertificateReport | null = null,
): VerifyFindings => ({
  a: 'models/dbb_resnet18.onnx',
  b: 'dbb deploy.onnx',
  report,
  certificate,
  made,
});

export const node = (
  opType: string,
  name: string,
  detail: string,
  inputs: readonly string[],
): NodeSketch => ({
  opType,
  label: `${opType} '${name}'`,
  detail,
  inputs,
  outputs: [`${name}_out`],
});

/** A diverse branch block: three branches of eight nodes become one convolution. */
export function dbbPart(prefix: string, channels = '64 → 64'): RewrittenPart {
  const at = (name: string): string => `${prefix}/${name}`;
  const out = (name: string): string => `${prefix}/${name}_out`;
  const x = `${prefix}_in`;
  const before: GraphSketch = {
    inputs: [x],
    output: out('add_1'),
    nodes: [
      node('Conv', at('origin/conv'), `3×3, ${channels}`, [x]),
      node('BatchNormalization', at('origin/bn'), '', [out('origin/conv')]),
      node('Conv', at('1x1/conv'), `1×1, ${channels}`, [x]),
      node('BatchNormalization', at('1x1/bn'), '', [out('1x1/conv')]),
      node('AveragePool', at('avg/pool'), '3×3', [x]),
      node('BatchNormalization', at('avg/bn'), '', [out('avg/pool')]),
      node('Add', at('add'), '', [out('origin/bn'), out('1x1/bn')]),
      node('Add', at('add_1'), '', [out('add'), out('avg/bn')]),
    ],
  };
  const merged: NodeSketch = {
    opType: 'Conv',
    label: `Conv '${at('origin/conv_merged')}'`,
    detail: `3×3, ${channels}`,
    inputs: [x],
    outputs: [out('add_1')],
  };
  return { before, after: { inputs: [x], output: out('add_1'), nodes: [merged] } };
}

/** A padding by bias as exporters spell it: many nodes between two values. */
function padding(prefix: string, from: string, count: number): NodeSketch[] {
  const operators = ['Shape', 'Gather', 'Unsqueeze', 'Range', 'Expand', 'Where', 'ScatterND'];
  const nodes: NodeSketch[] = [];
  for (let i = 0; i < count; i++) {
    const opType = operators[i % operators.length] as string;
    const last = nodes.at(-1)?.outputs[0];
    const other = nodes.at(-5)?.outputs[0];
    const inputs = [
      ...(last ? [last] : [from]),
      ...(other ? [other] : []),
      ...(i % 3 ? [] : [from]),
    ];
    nodes.push(node(opType, `${prefix}/${opType}_${i}`, '', inputs));
  }
  return nodes;
}

/** A part of some 840 nodes that are three branches, two of them with paddings of hundreds of nodes. */
export function paddedPart(prefix: string, count = 400): RewrittenPart {
  const at = (name: string): string => `${prefix}/${name}`;
  const out = (name: string): string => `${prefix}/${name}_out`;
  const x = `${prefix}_in`;
  const branch = (name: string, last: NodeSketch[]): NodeSketch[] => {
    const pads = padding(at(`${name}/pad`), out(`${name}/bn`), count);
    const padded = pads.at(-1)?.outputs[0] as string;
    return [
      node('Conv', at(`${name}/conv`), '1×1, 64 → 64', [x]),
      node('BatchNormalization', at(`${name}/bn`), '', [out(`${name}/conv`)]),
      ...pads,
      ...last.map((step, i) => (i === 0 ? { ...step, inputs: [padded] } : step)),
    ];
  };
  const nodes = [
    node('Conv', at('origin/conv'), '3×3, 64 → 64', [x]),
    ...branch('avg', [node('AveragePool', at('avg/pool'), '3×3', [])]),
    ...branch('kxk', [node('Conv', at('kxk/conv2'), '3×3, 64 → 64', [])]),
    node('Add', at('add'), '', [out('origin/conv'), out('avg/pool')]),
    node('Add', at('add_1'), '', [out('add'), out('kxk/conv2')]),
  ];
  const { after } = dbbPart(prefix);
  return { before: { inputs: [x], output: out('add_1'), nodes }, after };
}

/** A part that no picture can show: nothing in it has one way in and one way out. */
export function hugePart(count: number): RewrittenPart {
  const nodes = Array.from({ length: count }, (_, i) =>
    node(
      ['Conv', 'Relu', 'Add'][i % 3] as string,
      `huge/${i}`,
      '',
      [i - 1, i - 2, i - 7].map((j) => (j < 0 ? 'x' : `huge/${j}_out`)),
    ),
  );
  const output = nodes.at(-1)?.outputs[0] ?? 'x';
  const after = { inputs: ['x'], output: 'y_out', nodes: [node('Conv', 'y', '3×3', ['x'])] };
  return { before: { inputs: ['x'], output, nodes }, after };
}

const error = (maxRelative: number, toleranceUsed: number): ValueError => ({
  maxAbsolute: 3 * maxRelative,
  maxRelative,
  toleranceUsed,
});

/** Errors that grow like √position; from `parting` on they are large. */
export function values(count: number, parting = Number.POSITIVE_INFINITY): ValueReport[] {
  return Array.from({ length: count }, (_, i) => {
    const wave = 1 + 0.4 * Math.sin(i * 1.7) + 0.2 * Math.sin(i * 0.31);
    const grown = i === 0 ? 0 : 6e-8 * Math.sqrt(i) * wave;
    const local = i % 4 === 3 ? 0 : 6e-8 * wave;
    const far = i >= parting;
    return {
      a: `layer${Math.floor(i / 4)}/value_${i}`,
      b: `layer${Math.floor(i / 4)}/value_${i}`,
      matchedBy: i % 5 === 0 ? 'structure' : 'name',
      producer: `${['Conv', 'Relu', 'Add', 'Concat'][i % 4]} 'layer${Math.floor(i / 4)}/${i}'`,
      error: far ? error(0.02 * wave, 2e4) : error(grown, grown === 0 ? 0 : 0.06 * wave),
      localError: i === parting ? error(0.02, 2e4) : error(local, 0.04 * wave),
    };
  });
}

export const divergence = (value: string): Divergence => ({
  a: value,
  b: value,
  nodeA: "Conv 'layer10/conv'",
  nodeB: "Conv 'layer10/conv_merged'",
  error: error(0.02, 2e4),
  index: [0, 17, 3, 55],
  expected: '0.4312177896499634',
  actual: '0.4519230127334595',
  causes: [
    'the error sits at the borders only: the second model pads with zeros what the first pads with the bias',
    'the epsilon of a BatchNormalization was not added before the root',
  ],
  part: dbbPart('layer10'),
});

export function output(name: string, used: number): OutputReport {
  const bound = {
    absolute: 4.1e-5,
    safetyFactor: 8,
    unitRoundoff: 2 ** -24,
    roundings: 18_934,
    amplification: 1.62,
    magnitude: 12.84,
    underflow: 1.2e-38,
  };
  const maxAbsolute = used * bound.absolute;
  const top = Math.floor(Math.log2(maxAbsolute));
  return {
    name,
    equal: used <= 1,
    dtype: 'float32',
    dims: [1, 1000],
    obstacle: null,
    error: {
      elements: 1000,
      maxAbsolute,
      maxRelative: maxAbsolute / bound.magnitude,
      meanAbsolute: maxAbsolute / 9,
      magnitude: bound.magnitude,
      toleranceUsed: used,
      mismatches: used <= 1 ? 0 : 23,
      nonFinite: 0,
      worst: { index: [0, 417], expected: '7.203113079071045', actual: '7.203114032745361' },
      cosine: 1 - used * 1e-12,
      expectedNorm: 31.6,
      errorNorm: maxAbsolute * 4,
      sqnr: 126.4 - 20 * Math.log10(Math.max(used, 1e-3)),
      histogram: [1, 9, 80, 260, 290, 170, 70, 30, 6, 2].map((count, i) => ({
        exponent: top - 9 + i,
        count,
      })),
    },
    tolerance: { absolute: bound.absolute, relative: 0, ulps: 0 },
    bound,
  };
}

export const run = (
  kind: RunReport['kind'],
  outputs: readonly OutputReport[],
  device: RunReport['device'] = 'cpu',
): RunReport => ({
  kind,
  seed: kind === 'given' ? null : 0,
  source: kind === 'given' ? 'samples/cat.npz' : null,
  dims: { images: [1, 3, 224, 224] },
  device,
  outputs,
});

const kinds = [
  'normal',
  'uniform',
  'constant',
  'impulses',
  'borders',
  'large',
  'denormal',
] as const;

export const compared = (changes: Partial<ComparedReport> = {}): ComparedReport => ({
  status: 'equal',
  seed: 0,
  inputs: [{ name: 'images', dtype: 'float32', dims: [1, 3, 224, 224] }],
  reference: { device: 'cpu', optimization: 'disabled', placement: null },
  deployments: [{ device: 'cpu', optimization: 'disabled', placement: null }],
  runs: kinds.map((kind, i) => run(kind, [output('logits', 0.04 + 0.01 * i)])),
  agreement: [],
  inside: null,
  notes: [],
  ...changes,
});

export const inside = (changes: Partial<InsideReport> = {}): InsideReport => ({
  values: values(24),
  divergences: [],
  rewritten: [dbbPart('layer1')],
  ...changes,
});

export const certificate = (failed = 0): CertificateReport => ({
  status: failed === 0 ? 'valid' : 'invalid',
  checks: [
    { name: 'original', passed: true, detail: 'dbb_resnet18.onnx: SHA-256 as certified' },
    { name: 'merged', passed: true, detail: 'dbb deploy.onnx: SHA-256 as certified' },
    { name: 'outside the regions', passed: true, detail: '28 nodes are the same in both models' },
    ...Array.from({ length: 6 }, (_, i) => ({
      name: `region ${i}`,
      passed: i >= failed,
      detail:
        i >= failed
          ? 'outputs differ by at most 3.1e-7, certified is 2.4e-6'
          : 'outputs differ by 0.3 where 2.4e-6 is certified',
    })),
  ],
});

const longName = `model/backbone/${'stage_with_a_long_name/'.repeat(5)}head/logits`.slice(0, 120);

/** Everything a report can hold, by name: what the tests open and people look at. */
export const gallery = {
  equal: findings(compared({ inside: inside() }), certificate()),
  different: findings(
    compared({
      status: 'different',
      inside: inside({
        values: values(200, 120),
        divergences: [divergence('layer30/value_120')],
        rewritten: [
          ...['layer1', 'layer2', 'layer3', 'layer4'].map((prefix) => dbbPart(prefix)),
          dbbPart('layer5', '64 → 128'),
          paddedPart('layer6'),
        ],
      }),
      runs: [
        ...kinds.map((kind) =>
          run(kind, [output('logits', kind === 'large' ? 431 : 0.2), output(longName, 0.3)]),
        ),
        ...kinds.map((kind) =>
          run(
            kind,
            [output('logits', kind === 'large' ? 430 : 0.5), output(longName, 1e6)],
            'cuda',
          ),
        ),
        run(
          'given',
          [
            output('logits', 0.7),
            {
              ...output(longName, 0),
              error: null,
              tolerance: null,
              bound: null,
              equal: false,
              obstacle: 'shape 1x1000 against 1x10',
            },
          ],
          'webgpu',
        ),
      ],
      deployments: [
        { device: 'cpu', optimization: 'disabled', placement: null },
        {
          device: 'cuda',
          optimization: 'all',
          placement: {
            nodes: { CUDAExecutionProvider: 47, CPUExecutionProvider: 2 },
            fallbacks: { NonMaxSuppression: 1, TopK: 1 },
          },
        },
        {
          device: 'webgpu',
          optimization: 'all',
          placement: { nodes: { WebGpuExecutionProvider: 49 }, fallbacks: {} },
        },
      ],
      agreement: (['cpu', 'cuda'] as const).map((device) => ({
        samples: 5000,
        device,
        outputs: [
          {
            name: 'logits',
            cosine: 0.99991,
            worstCosine: 0.9713,
            sqnr: 41.2,
            top1: 0.99982,
            topK: { k: 5, share: 1 },
            worst: 'val/n01440764/ILSVRC2012_val_00000293.JPEG',
          },
          {
            name: longName,
            cosine: 1,
            worstCosine: 1,
            sqnr: null,
            top1: null,
            topK: null,
            worst: 'val/0001.png',
          },
        ],
      })),
      notes: ['TensorFloat-32 is on for cuda: it rounds factors to 11 bits.'],
    }),
    certificate(2),
  ),
  unrunnable: findings({
    status: 'unrunnable',
    model: 'b',
    reason: `Load model from dbb deploy.onnx failed:\n  Node (/layer1/Conv) has input size 4 not in range [min=2, max=3].\n  ${'/very/long/path'.repeat(20)}`,
  }),
  incomparable: findings({
    status: 'incomparable',
    reason: "the first model has no output 'probs'",
  }),
  huge: findings(
    compared({
      inside: inside({
        values: values(13_000),
        rewritten: [hugePart(13_000), hugePart(80), paddedPart('big', 1500)],
      }),
    }),
  ),
  many: findings(
    compared({
      inside: inside({
        values: values(3),
        rewritten: Array.from({ length: 60 }, (_, i) => dbbPart(`block${i}`, `${i} → ${i}`)),
      }),
      runs: [
        run(
          'normal',
          Array.from({ length: 30 }, (_, i) => output(`head${i}`, 0.01 * i)),
        ),
      ],
    }),
  ),
} satisfies Record<string, VerifyFindings>;
