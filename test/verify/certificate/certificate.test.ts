import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dbb } from '../../../fixtures/builders/dbb.js';
import { blocks, repvggNet } from '../../../fixtures/builders/index.js';
import { repvgg } from '../../../fixtures/builders/repvgg.js';
import { exportedCases } from '../../../fixtures/exported-cases.js';
import { Graph, GraphBuilder, type Model, Node, type Value } from '../../../src/ir/index.js';
import type { CertifiedRegion } from '../../../src/merge/index.js';
import { normal } from '../../../src/tensor/index.js';
import { type Certificate, parseCertificate } from '../../../src/verify/index.js';
import { CertifiedMerge, failures, nodeOf, scaleLargest } from './certified.js';

/** A RepVGG block and a diverse branch block with a Relu behind each, [2, 8, 16, 16]. */
function network(seed = 1): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [2, 8, 16, 16]);
  const first = repvgg(b, x, { channels: 8, seed, name: 'a' });
  const between = b.op('Relu', [first], {}, { name: 'between' });
  const relu = b.op('Relu', [between]);
  relu.type = first.type;
  const second = dbb(b, relu, { channels: 8, seed: seed + 1, name: 'b' });
  b.output(b.op('LeakyRelu', [second], {}, { name: 'last' }));
  return b.model();
}

const withRegions = (
  certificate: Certificate,
  change: (region: CertifiedRegion, index: number) => CertifiedRegion,
): Certificate => ({ ...certificate, regions: certificate.regions.map(change) });

const inflated = (region: CertifiedRegion, factor: number): CertifiedRegion => {
  const { bound } = region;
  return {
    ...region,
    bound: { ...bound, perInput: bound.perInput * factor, constant: bound.constant * factor },
  };
};

describe('an honest certificate', () => {
  it('of a network is valid, with a check for each region', async () => {
    const merge = await CertifiedMerge.of(
      repvggNet({ imageSize: 32, classes: 10, widths: [8, 8, 8], depths: [1, 2, 2] }),
    );
    const report = await merge.check();
    expect(failures(report)).toEqual({});
    expect(report.status).toBe('valid');
    expect(report.checks.slice(0, 3).map(({ name }) => name)).toEqual([
      'original',
      'merged',
      'outside the regions',
    ]);
    expect(report.checks.length - 3).toBe(merge.certificate.regions.length);
    expect(merge.certificate.regions.length).toBeGreaterThanOrEqual(5);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    merge.remove();
  });

  it.each(blocks)('of $name is valid', async ({ build, input }) => {
    const b = new GraphBuilder();
    b.output(build(b, b.input('x', input)));
    const merge = await CertifiedMerge.of(b.model());
    expect(failures(await merge.check())).toEqual({});
    merge.remove();
  });

  const varied = exportedCases().filter(({ name }) =>
    /dynamic|float16|flat|concat|lora/.test(name),
  );
  it.each(varied)('of the exported $name is valid', async ({ models, path }) => {
    for (const { file } of models) {
      const merge = await CertifiedMerge.of(path(file));
      expect(failures(await merge.check()), file).toEqual({});
      merge.remove();
    }
  });

  it('of weights beside the model covers their files', async () => {
    const merge = await CertifiedMerge.of(network(), { externalData: true });
    expect(merge.certificate.merged.map(({ name }) => name)).toEqual([
      'merged.onnx',
      'merged.onnx.data',
    ]);
    expect(failures(await merge.check())).toEqual({});
    const data = `${merge.merged}.data`;
    const bytes = readFileSync(data);
    bytes.writeUInt8(bytes.readUInt8(3) ^ 1, 3);
    writeFileSync(data, bytes);
    expect(failures(await merge.check()).merged).toBe(
      'merged.onnx.data is not the file that was certified: its SHA-256 differs',
    );
    merge.remove();
  });

  it('allows files to be renamed', async () => {
    const merge = await CertifiedMerge.of(network());
    const { original, ...rest } = merge.certificate;
    const renamed = original.map(({ sha256 }) => ({ name: 'elsewhere.onnx', sha256 }));
    expect((await merge.check({ ...rest, original: renamed })).status).toBe('valid');
    merge.remove();
  });
});

describe('a forged merge', () => {
  let merge: CertifiedMerge;
  beforeEach(async () => {
    merge = await CertifiedMerge.of(network());
  });
  afterEach(() => merge.remove());

  const merged = (model: Model, region = 0): Node =>
    nodeOf(model, merge.certificate.regions[region]?.output ?? '');

  it('with one weight changed is another file', async () => {
    await merge.forge((model) => scaleLargest(merged(model).inputs[1], 1.05));
    const report = await merge.check();
    expect(report.status).toBe('invalid');
    expect(failures(report).merged).toBe(
      'merged.onnx is not the file that was certified: its SHA-256 differs',
    );
  });

  it.each([
    ['weight', 1, 'R1', 0],
    ['weight', 1, 'R2', 1],
    ['bias', 2, 'R1', 0],
    ['bias', 2, 'R2', 1],
  ] as const)(
    'with one %s changed by 5 % and a new hash is another function (%#)',
    async (_, input, id, region) => {
      const forged = await merge.forge((model) => {
        scaleLargest(merged(model, region).inputs[input], 1.05);
      });
      const found = failures(await merge.check(forged));
      expect(Object.keys(found)).toEqual([`region ${id}`]);
      expect(found[`region ${id}`]).toMatch(/^the outputs differ by .*, but .* is certified$/);
    },
  );

  it('does not pass with a bound that allows the change', async () => {
    const forged = await merge.forge((model) => scaleLargest(merged(model).inputs[1], 1.001));
    const report = await merge.check(withRegions(forged, (region) => inflated(region, 100)));
    expect(Object.values(failures(report))).toEqual([
      expect.stringMatching(/^the outputs differ by .*, but rounding explains /),
    ]);
  });

  it('with another node outside the regions is found', async () => {
    const last = 'last_output';
    const forged = await merge.forge((model) => {
      nodeOf(model, last).attributes.set('alpha', { kind: 'float', value: 0.02 });
    });
    expect(failures(await merge.check(forged))).toEqual({
      'outside the regions': expect.stringMatching(/^LeakyRelu 'last' is gone or changed/),
    });
  });

  it('with a node skipped is found', async () => {
    const forged = await merge.forge((model) => {
      const convolution = merged(model, 1);
      convolution.setInput(0, nodeOf(model, 'between_output').results[0] ?? null);
    });
    expect(Object.keys(failures(await merge.check(forged)))).toContain('region R2');
  });

  it('with a node added is found', async () => {
    const forged = await merge.forge((model) => {
      const { graph } = model;
      const [output] = graph.outputs.splice(0);
      const b = new GraphBuilder(graph);
      b.output(b.op('Relu', [output as Value]));
    });
    expect(failures(await merge.check(forged))['outside the regions']).toMatch(/and \d+ more/);
  });

  it('under another operator set is found', async () => {
    const forged = await merge.forge((model) => model.opsets.set('', 18));
    expect(failures(await merge.check(forged))).toEqual({
      'outside the regions': 'the operator sets, functions or metadata of the models differ',
    });
  });
});

it('a constant that a node outside the regions reads must stay', async () => {
  const b = new GraphBuilder();
  const y = repvgg(b, b.input('x', [2, 8, 16, 16]), { channels: 8, seed: 3 });
  b.output(b.op('Clip', [y, b.floats([], [-1]), b.floats([], [1])], {}, { name: 'clip' }));
  const merge = await CertifiedMerge.of(b.model());
  const forged = await merge.forge((model) => {
    scaleLargest(nodeOf(model, 'clip_output').inputs[2], 1.001);
  });
  expect(failures(await merge.check(forged))).toEqual({
    'outside the regions': expect.stringMatching(/^Clip 'clip' reads '.*', which is not the value/),
  });
  merge.remove();
});

describe('a forged certificate', () => {
  let merge: CertifiedMerge;
  beforeEach(async () => {
    merge = await CertifiedMerge.of(network());
  });
  afterEach(() => merge.remove());

  it('that leaves out a region is found', async () => {
    const { certificate } = merge;
    const report = await merge.check({ ...certificate, regions: certificate.regions.slice(1) });
    expect(failures(report)).toEqual({
      'outside the regions': expect.stringContaining('no region replaces it'),
    });
  });

  it('that inflates a bound is found', async () => {
    const forged = withRegions(merge.certificate, (region, i) =>
      i === 0 ? inflated(region, 1e5) : region,
    );
    expect(failures(await merge.check(forged))).toEqual({
      'region R1': expect.stringMatching(/^the bound .* is certified, but rounding explains /),
    });
  });

  it('that claims a bound that does not hold is found', async () => {
    const forged = withRegions(merge.certificate, (region) => inflated(region, 1e-4));
    expect(Object.keys(failures(await merge.check(forged)))).toEqual(['region R1', 'region R2']);
  });

  it('that describes another operator is found', async () => {
    const forged = withRegions(merge.certificate, (region) => ({
      ...region,
      operators: region.operators.map((operator) => ({ ...operator, strides: [2, 2] })),
    }));
    expect(failures(await merge.check(forged))['region R1']).toMatch(
      /^the certificate does not list Conv '.*' as it is$/,
    );
  });

  it('that names other values is found', async () => {
    const named = (change: Partial<CertifiedRegion>) =>
      merge.check(withRegions(merge.certificate, (region) => ({ ...region, ...change })));
    expect(failures(await named({ output: 'nowhere' }))['region R1']).toBe(
      "no node computes 'nowhere' in the original",
    );
    expect(failures(await named({ sources: ['last_output'] }))['region R1']).toMatch(
      /^'.*' is not computed from 'last_output' in the original$/,
    );
    expect(failures(await named({ graph: 7 }))['region R1']).toBe(
      'its graph is not in both models',
    );
  });

  it('of another model says so', async () => {
    const other = await CertifiedMerge.of(network(50));
    const found = failures(await merge.check(other.certificate));
    expect(Object.keys(found)).toEqual(expect.arrayContaining(['original', 'merged']));
    const swapped = failures(await other.check(merge.certificate));
    expect(Object.keys(swapped)).toEqual(expect.arrayContaining(['original', 'merged']));
    other.remove();
  });
});

it('a function that is not affine is no region, however well it agrees', async () => {
  const limit = 1e4;
  const b = new GraphBuilder();
  const x = b.input('x', [2, 8, 9, 9]);
  const weights = [1, 9].map((area, i) => {
    const next = normal(i);
    return Float64Array.from({ length: 64 * area }, next);
  });
  const [point, dense] = weights as [Float64Array, Float64Array];
  const sum = b.op('Add', [
    b.op('Conv', [x, b.floats([8, 8, 1, 1], point)]),
    b.op('Conv', [x, b.floats([8, 8, 3, 3], dense)], { pads: [1, 1, 1, 1] }),
  ]);
  b.output(
    b.op('Clip', [sum, b.floats([], [-limit]), b.floats([], [limit])], {}, { name: 'clip' }),
  );
  const merge = await CertifiedMerge.of(b.model());
  const forged = await merge.forge(({ graph }) => {
    const [convolution, clip] = graph.nodes as [Node, Node];
    const { attributes } = convolution;
    const [output] = clip.results as [Value];
    const direct = new Node('Conv', convolution.inputs, [output], { attributes });
    graph.rewrite(new Set([convolution, clip]), new Map([[clip, [direct]]]));
  });
  const claimed = withRegions(forged, (region) => ({ ...region, output: 'clip_output' }));
  expect(failures(await merge.check(claimed))).toEqual({
    'region R1': "Clip 'clip' is not affine, so that no finite number of runs proves it",
  });
  merge.remove();
});

describe('subgraphs', () => {
  /** `If(flag) { block of the outer x } else { x }`. */
  function conditional(): Model {
    const names = new Set<string>();
    const b = new GraphBuilder(new Graph('outer', names));
    const x = b.input('x', [2, 8, 9, 9]);
    const flag = b.input('flag', [], 'bool');
    const inside = new GraphBuilder(new Graph('then', names));
    const block = repvgg(inside, x, { channels: 8, seed: 4 });
    inside.output(inside.op('LeakyRelu', [block], {}, { name: 'inner' }));
    const otherwise = new GraphBuilder(new Graph('else', names));
    otherwise.output(otherwise.op('Identity', [x]));
    const chosen = b.op('If', [flag], {
      then_branch: { kind: 'graph', value: inside.graph },
      else_branch: { kind: 'graph', value: otherwise.graph },
    });
    chosen.type = { dtype: 'float32', shape: [2, 8, 9, 9] };
    b.output(chosen);
    return b.model(16);
  }

  it('are looked into', async () => {
    const merge = await CertifiedMerge.of(conditional());
    expect(merge.certificate.regions).toMatchObject([{ sources: ['x'] }]);
    expect(merge.certificate.regions[0]?.graph).toBeGreaterThan(0);
    expect(failures(await merge.check())).toEqual({});
    const then = (model: Model) => model.graph.nodes.flatMap((node) => node.subgraphs)[0] as Graph;
    const forged = await merge.forge((model) => {
      const inner = then(model).nodes.find((node) => node.name === 'inner');
      inner?.attributes.set('alpha', { kind: 'float', value: 0.5 });
    });
    expect(failures(await merge.check(forged))).toEqual({
      'outside the regions': expect.stringContaining("LeakyRelu 'inner' is gone or changed"),
    });
    merge.remove();
  });
});

describe('parseCertificate', () => {
  it('gives back what was written', async () => {
    const merge = await CertifiedMerge.of(network());
    const { certificate } = merge;
    expect(parseCertificate(JSON.stringify(certificate, null, 2))).toEqual(certificate);
    merge.remove();
  });

  it('says in one sentence what is wrong', async () => {
    const merge = await CertifiedMerge.of(network());
    const text = JSON.stringify(merge.certificate);
    const { regions, ...rest } = merge.certificate;
    const [first] = regions;
    const changed = (change: object) => JSON.stringify({ ...merge.certificate, ...change });
    const broken: readonly (readonly [string, string])[] = [
      [text.slice(0, text.length / 2), 'the certificate is not JSON'],
      ['', 'the certificate is not JSON'],
      ['[]', 'the certificate is not an object'],
      ['null', 'the certificate is not an object'],
      [JSON.stringify(rest), 'the certificate.regions is not a list'],
      [changed({ format: 2 }), 'the certificate is of format 2, but this program knows format 1'],
      [changed({ format: undefined }), 'the certificate.format is not a number, 0 or more'],
      [changed({ regions: [{ ...first, id: 7 }] }), 'the certificate.regions[0].id is not a text'],
      [
        changed({ regions: [{ ...first, bound: { ...first?.bound, perInput: -1 } }] }),
        'the certificate.regions[0].bound.perInput is not a number, 0 or more',
      ],
      [
        changed({ merged: [{ name: 'a', sha256: 'b' }] }),
        'the certificate.merged[0].sha256 is not a SHA-256 digest',
      ],
    ];
    for (const [content, message] of broken) {
      expect(() => parseCertificate(content)).toThrow(
        expect.objectContaining({ code: 'input', message }),
      );
    }
    merge.remove();
  });
});
