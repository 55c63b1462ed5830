import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeNpy, type Sample, type SampleRequest, sampleSource } from '../../src/data/index.js';
import type { Dim } from '../../src/ir/index.js';
import { openSession, type ValueInfo } from '../../src/runtime/index.js';
import { type DataType, elementCount, Tensor } from '../../src/tensor/index.js';
import { problemOf } from './problems.js';

const root = mkdtempSync(join(tmpdir(), 'samples-'));
afterAll(() => rmSync(root, { recursive: true }));

function written(name: string, bytes: Uint8Array): string {
  const path = join(root, name);
  writeFileSync(path, bytes);
  return path;
}

function folder(name: string, files: Readonly<Record<string, Uint8Array>>): string {
  const path = join(root, name);
  mkdirSync(path);
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(path, file), bytes);
  return path;
}

const ramp = (dims: readonly number[], dtype: DataType = 'float32'): Tensor =>
  Tensor.fromNumbers(
    dtype,
    dims,
    Array.from({ length: elementCount(dims) }, (_, i) => i),
  );
const npy = (dims: readonly number[], dtype?: DataType) => encodeNpy(ramp(dims, dtype));
const npz = (arrays: Readonly<Record<string, Uint8Array>>) =>
  zipSync(
    Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${name}.npy`, array])),
  );
const png = (level: number, width = 4, height = 4) => {
  const background = { r: level, g: level, b: level };
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
};

const input = (
  name: string,
  shape: readonly Dim[] | null,
  dtype: DataType = 'float32',
): ValueInfo => ({
  name,
  type: { dtype, shape },
});
const pixels = [input('x', ['N', 3, 4, 4])];
const vector = [input('x', [null, 3])];
const pair = [input('x', ['N', 3]), input('ids', ['N', 2], 'int64')];

interface Read {
  readonly samples: readonly Sample[];
  readonly notes: readonly string[];
}

async function read(inputs: readonly ValueInfo[], request: SampleRequest): Promise<Read> {
  const source = await sampleSource(inputs, request);
  const samples: Sample[] = [];
  for await (const sample of source.samples()) samples.push(sample);
  expect(samples.length).toBe(source.count);
  return { samples, notes: source.notes };
}

const shapes = ({ samples }: { samples: readonly Sample[] }) =>
  samples.map(({ inputs }) => [...inputs.values()].map(({ dims }) => dims.join('x')).join(' '));
const sources = ({ samples }: { samples: readonly Sample[] }) =>
  samples.map(({ source }) => source.replaceAll(`${root}/`, ''));
const values = (sample: Sample | undefined, name = 'x') => [
  ...(sample?.inputs.get(name)?.toNumbers() ?? []),
];
const problem = async (inputs: readonly ValueInfo[], request: SampleRequest) =>
  (await problemOf(() => read(inputs, request))).replaceAll(`${root}/`, '');

describe('--input', () => {
  const array = written('v.npy', npy([2, 3]));
  const raw = written('v.bin', ramp([2, 3]).bytes);
  const both = written('both.npz', npz({ x: npy([2, 3]), ids: npy([2, 2], 'int64') }));

  it('a file for each input, the name left out where there is one', async () => {
    for (const text of [array, `x=${array}`, raw, `x=${raw}`]) {
      const found = await read(vector, { inputs: [text] });
      expect(sources(found)).toEqual([text.replace(`${root}/`, '')]);
      expect(values(found.samples[0])).toEqual([0, 1, 2, 3, 4, 5]);
    }
    const ids = written('ids.npy', npy([2, 2], 'int64'));
    const found = await read(pair, { inputs: [`ids=${ids}`, `x=${array}`] });
    expect(values(found.samples[0], 'ids')).toEqual([0, 1, 2, 3]);
    expect(found.notes).toEqual([]);
  });

  it('names and paths may hold =', async () => {
    const odd = written('a=b.npy', npy([2, 3]));
    const model = [input('y=x', [2, 3])];
    expect(shapes(await read(vector, { inputs: [odd] }))).toEqual(['2x3']);
    expect(shapes(await read(model, { inputs: [`y=x=${odd}`] }))).toEqual(['2x3']);
  });

  it('archives go by name, by order, or are the only array', async () => {
    expect(shapes(await read(pair, { inputs: [both] }))).toEqual(['2x3 2x2']);
    const ordered = written('o.npz', npz({ arr_1: npy([2, 2], 'int64'), arr_0: npy([2, 3]) }));
    expect(shapes(await read(pair, { inputs: [ordered] }))).toEqual(['2x3 2x2']);
    const single = written('s.npz', npz({ whatever: npy([2, 3]) }));
    expect(shapes(await read(vector, { inputs: [single] }))).toEqual(['2x3']);
    expect(shapes(await read(pair, { inputs: [`x=${single}`, `ids=${both}`] }))).toEqual([
      '2x3 2x2',
    ]);
  });

  it('arrays that no input takes are left out', async () => {
    const { notes } = await read(vector, { inputs: [both] });
    expect(notes).toEqual([`${both} also holds 'ids', which no input takes`]);
  });

  it('images', async () => {
    const image = written('one.png', await png(51));
    const found = await read(pixels, { inputs: [image] });
    expect(shapes(found)).toEqual(['1x3x4x4']);
    expect(new Set(values(found.samples[0]))).toEqual(new Set([Math.fround(0.2)]));
    const open = [input('x', ['N', 3, 'H', 'W'])];
    expect(shapes(await read(open, { inputs: [image] }))).toEqual(['1x3x4x4']);
    const size = { height: 6, width: 2 };
    expect(shapes(await read(open, { inputs: [image], image: { size } }))).toEqual(['1x3x6x2']);
    const sized = { inputs: [image], shapes: new Map([['x', [1, 3, 8, 8]]]) };
    expect(shapes(await read(open, sized))).toEqual(['1x3x8x8']);
    const ignored = await read(pixels, { inputs: [image], image: { size } });
    expect(ignored.notes).toEqual([
      "input 'x' always takes 4 x 4 pixels: the given size was not used",
    ]);
  });

  it.each([
    [['N', 'H', 'W', 3], '1x4x4x3'],
    [['N', 4, 4, 1], '1x4x4x1'],
    [[1, 1, null, null], '1x1x4x4'],
    [[null, null, null, null], '1x3x4x4'],
    [[3, 4, 4], '3x4x4'],
    [['H', 'W', 3], '4x4x3'],
  ] as [Dim[], string][])('images for %j', async (shape, expected) => {
    const image = written('two.png', await png(51));
    expect(shapes(await read([input('x', shape)], { inputs: [image] }))).toEqual([expected]);
  });

  it.each([
    ['no input', {}, 'no inputs are given'],
    ['a missing one', { inputs: [`x=${array}`] }, "no file is given for input 'ids'"],
    ['twice the same', { inputs: [both, `x=${array}`] }, "input 'x' is given twice"],
    [
      'no name',
      { inputs: [array] },
      "the model has 2 inputs ('x', 'ids'), and v.npy does not tell which it is for",
    ],
    [
      'another name',
      { inputs: [`y=${array}`] },
      "--input names an input 'y' that the model does not have (it has 'x', 'ids')",
    ],
    ['a folder', { inputs: [`x=${root}`] }, /^--input takes a file, and .* is a folder$/],
    [
      'another ending',
      { inputs: ['x=/dev/null'] },
      'the name of /dev/null does not tell what it holds',
    ],
    ['no file', { inputs: ['x=none.npy'] }, 'cannot read none.npy: no such file or folder'],
    [
      'a file as a folder',
      { inputs: [`x=${array}/a.npy`] },
      'cannot read v.npy/a.npy: a part of the path is not a folder',
    ],
    ['a long name', { inputs: [`x=${'a'.repeat(5000)}`] }, /: the name is too long$/],
    ['a batch for a fixed model', { data: [both], batch: 0 }, 'a batch of 0 is none'],
  ] as [string, SampleRequest, string | RegExp][])('%s', async (_, request, message) => {
    expect(await problem(pair, request)).toMatch(message);
  });

  it('a file that must not be read', async ({ skip }) => {
    if (process.getuid?.() === 0 || process.platform === 'win32') skip('root reads everything');
    const secret = written('secret.npy', npy([2, 3]));
    chmodSync(secret, 0);
    expect(await problem(vector, { inputs: [secret] })).toBe(
      'cannot read secret.npy: permission denied',
    );
  });

  it.skipIf(process.platform === 'win32')(
    'a link to itself, a folder with the name of a file',
    async () => {
      const loop = join(root, 'loop.npy');
      symlinkSync(loop, loop);
      expect(await problem(vector, { inputs: [loop] })).toBe(
        'cannot read loop.npy: too many symbolic links',
      );
      const data = folder('folder.npy', {});
      expect(await problem(vector, { inputs: [data] })).toMatch('is a folder');
    },
  );
});

it('an exported model runs on its own input', async () => {
  const exported = join(import.meta.dirname, '../../fixtures/exported/acb_dynamic');
  const session = await openSession({ path: join(exported, 'dynamo.onnx') });
  try {
    const [name = ''] = session.inputNames;
    const request = {
      inputs: [join(exported, 'input.bin')],
      shapes: new Map([[name, [2, 4, 8, 9]]]),
    };
    const { samples } = await read(session.inputs, request);
    const outputs = await session.run(samples[0]!.inputs);
    const [found] = [...outputs.values()];
    const bytes = new Uint8Array(readFileSync(join(exported, 'reference.bin')));
    const expected = new Tensor('float64', [2, 4, 6, 7], bytes).toNumbers();
    const off = found!.toNumbers().map((value, i) => Math.abs(value - expected[i]!));
    expect(Math.max(...off)).toBeLessThan(1e-4);
  } finally {
    await session.release();
  }
});

describe('shape and type', () => {
  it('a missing batch axis is added', async () => {
    const array = written('unbatched.npy', npy([3, 4, 4]));
    expect(shapes(await read(pixels, { inputs: [array] }))).toEqual(['1x3x4x4']);
    expect(shapes(await read(pixels, { data: [array] }))).toEqual(['1x3x4x4']);
  });

  it.each([
    [[2, 4], "input 'x' of the model is float32[?, 3], but bad.npy holds float32[2, 4]"],
    [[2, 3, 1], "input 'x' of the model is float32[?, 3], but bad.npy holds float32[2, 3, 1]"],
    [[], "input 'x' of the model is float32[?, 3], but bad.npy holds float32[]"],
  ])('%j', async (dims, message) => {
    const array = written('bad.npy', npy(dims));
    expect(await problem(vector, { inputs: [array] })).toBe(message);
  });

  it('an input of unknown rank takes what there is', async () => {
    const array = written('any.npy', npy([2, 3]));
    expect(shapes(await read([input('x', null)], { inputs: [array] }))).toEqual(['2x3']);
    const raw = written('any.bin', ramp([2, 3]).bytes);
    const message = "the rank of input 'x' is not known: give its shape";
    expect(await problem([input('x', null)], { inputs: [raw] })).toBe(message);
  });

  it.each([
    [
      'float64',
      'float32',
      [0.1, 1e-60],
      [Math.fround(0.1), 0],
      "'x' was rounded from float64 to float32",
    ],
    ['float32', 'float16', [1 + 2 ** -11], [1], "'x' was rounded from float32 to float16"],
    ['float16', 'float64', [0.5], [0.5], null],
    [
      'float64',
      'float32',
      [Number.NaN, Number.NEGATIVE_INFINITY],
      [Number.NaN, Number.NEGATIVE_INFINITY],
      "'x' was rounded from float64 to float32",
    ],
    [
      'uint8',
      'float32',
      [0, 255],
      [0, 255],
      "'x' was given as uint8: the values were taken as they are, not scaled",
    ],
    ['int64', 'int32', [-5, 7], [-5, 7], null],
    ['int64', 'uint64', [2 ** 60], [2 ** 60], null],
    ['float64', 'int64', [3, -0], [3, 0], null],
    ['int32', 'bool', [0, 1], [0, 1], null],
    ['bool', 'float32', [0, 1], [0, 1], null],
  ] as [DataType, DataType, number[], number[], string | null][])(
    '%s to %s: %j',
    async (from, to, given, expected, note) => {
      const array = written(
        'typed.npy',
        encodeNpy(Tensor.fromNumbers(from, [given.length], given)),
      );
      const { samples, notes } = await read([input('x', [null], to)], { inputs: [array] });
      expect(samples[0]?.inputs.get('x')?.dtype).toBe(to);
      expect(values(samples[0])).toEqual(expected);
      expect(notes).toEqual(note === null ? [] : [note]);
    },
  );

  it.each([
    ['int32', 'float32', [1, 2 ** 24 + 1], '16777217'],
    ['float64', 'float32', [1e300], '1e+300'],
    ['float32', 'float16', [70000], '70000'],
    ['int64', 'uint8', [256], '256'],
    ['int8', 'uint64', [-1], '-1'],
    ['float32', 'int64', [0.5], '0.5'],
    ['float32', 'int64', [2 ** 63], '9223372036854776000'],
    ['float32', 'int32', [Number.NaN], 'NaN'],
    ['uint8', 'bool', [2], '2'],
  ] as [DataType, DataType, number[], string][])(
    '%s to %s: %j is refused',
    async (from, to, given, shown) => {
      const array = written(
        'lossy.npy',
        encodeNpy(Tensor.fromNumbers(from, [given.length], given)),
      );
      expect(await problem([input('x', [null], to)], { inputs: [array] })).toBe(
        `lossy.npy holds ${shown}, which ${to}, the type of input 'x', cannot hold`,
      );
    },
  );

  it('an integer that float64 cannot hold', async () => {
    const big = new Tensor(
      'int64',
      [1],
      new Uint8Array(new BigInt64Array([2n ** 53n + 1n]).buffer),
    );
    const array = written('big.npy', encodeNpy(big));
    expect(await problem([input('x', [1], 'float64')], { inputs: [array] })).toMatch(
      /cannot hold$/,
    );
    const { samples } = await read([input('x', [1], 'int64')], { inputs: [array] });
    expect(samples[0]?.inputs.get('x')?.equals(big)).toBe(true);
  });

  it.each([
    [
      'text',
      input('x', [1], 'string'),
      "input 'x' is a tensor of text, which cannot be read from files",
    ],
    [
      'a sequence',
      { name: 'x', type: null },
      "input 'x' is no tensor, which cannot be read from files",
    ],
    ['nothing', input('x', [0, 3]), "input 'x' is float32[0, 3], which has no elements"],
    [
      'a type of 4 bits',
      input('x', [2, 3], 'int4'),
      "ok.npy holds float32, but input 'x' takes int4",
    ],
  ])('an input of %s', async (_, model, message) => {
    const array = written('ok.npy', npy([2, 3]));
    expect(await problem([model], { inputs: [array] })).toBe(message);
  });

  it.each([
    [[2, 3], 'uint8', "input 'x' takes no images: its shape is uint8[2, 3]"],
    [
      ['N', 4, 8, 8],
      'float32',
      "input 'x' takes no images: float32[N, 4, 8, 8] has neither 1 nor 3 channels",
    ],
    [['N', 3, 8, 8], 'int8', "input 'x' takes no images: its type is int8"],
    [null, 'float32', "the rank of input 'x' is not known: give its shape"],
    [
      [2, 3, 4, 4],
      'float32',
      "input 'x' of the model is float32[2, 3, 4, 4], but i.png holds float32[1, 3, 4, 4]",
    ],
  ] as [Dim[] | null, DataType, string][])(
    'an image for %j of %s',
    async (shape, dtype, message) => {
      const image = written('i.png', await png(1));
      expect(await problem([input('x', shape, dtype)], { inputs: [image] })).toBe(message);
    },
  );

  it.each([
    [new Map([['y', [1]]]), "a shape is given for 'y', but the inputs of the model are 'x'"],
    [new Map([['x', [2, 4]]]), "the shape 2x4 does not fit input 'x' of shape [?, 3]"],
    [new Map([['x', [2]]]), "the shape 2 does not fit input 'x' of shape [?, 3]"],
  ])('shapes that do not fit: %j', async (given, message) => {
    const array = written('fine.npy', npy([2, 3]));
    expect(await problem(vector, { inputs: [array], shapes: given })).toBe(message);
  });
});

describe('--data with one file', () => {
  const rows = written('rows.npy', npy([5, 3]));
  const rowsRaw = written('rows.bin', ramp([5, 3]).bytes);

  it('is cut into single entries', async () => {
    for (const path of [rows, rowsRaw]) {
      const found = await read(vector, { data: [path] });
      expect(shapes(found)).toEqual(Array(5).fill('1x3'));
      expect(values(found.samples[4])).toEqual([12, 13, 14]);
      expect(sources(found)[4]).toBe(`${path.replace(`${root}/`, '')}[4]`);
    }
  });

  it('is cut into batches, the last one shorter', async () => {
    const found = await read(vector, { data: [rows], batch: 2 });
    expect(shapes(found)).toEqual(['2x3', '2x3', '1x3']);
    expect(sources(found)).toEqual(['rows.npy[0:2]', 'rows.npy[2:4]', 'rows.npy[4:5]']);
  });

  it('is cut into batches of the model, the rest left out', async () => {
    const found = await read([input('x', [2, 3])], { data: [rows] });
    expect(shapes(found)).toEqual(['2x3', '2x3']);
    expect(found.notes).toEqual([`1 at the end of ${rows} left out: too few for a batch of 'x'`]);
    expect(await problem([input('x', [6, 3])], { data: [rows] })).toBe(
      "the leading axis of rows.npy has length 5, but input 'x' takes 6 at once",
    );
    expect(await problem([input('x', [2, 3])], { data: [rows], batch: 4 })).toBe(
      "a batch of 4 was asked for, but input 'x' always takes 2",
    );
  });

  it('one axis more than the input holds a sample in each entry', async () => {
    const stacked = written('stacked.npy', npy([4, 2, 3]));
    expect(shapes(await read([input('x', [2, 3])], { data: [stacked] }))).toEqual(
      Array(4).fill('2x3'),
    );
    expect(shapes(await read(vector, { data: [stacked], batch: 3 }))).toEqual(Array(4).fill('2x3'));
  });

  it('archives are cut together', async () => {
    const path = written(
      'set.npz',
      npz({ x: npy([4, 3]), ids: npy([4, 2], 'int32'), label: npy([4]) }),
    );
    const found = await read(pair, { data: [path], batch: 2 });
    expect(shapes(found)).toEqual(['2x3 2x2', '2x3 2x2']);
    expect(values(found.samples[1], 'ids')).toEqual([4, 5, 6, 7]);
    expect(found.notes).toEqual([`${path} also holds 'label', which no input takes`]);
  });

  it('several, and samples twice', async () => {
    const source = await sampleSource(vector, { data: [rows, rows], inputs: [rows] });
    expect(source.count).toBe(11);
    for (let round = 0; round < 2; round++) {
      for await (const { inputs } of source.samples()) expect(inputs.get('x')?.dims[1]).toBe(3);
    }
  });

  it.each([
    [
      'unequal arrays',
      { x: npy([4, 3]), ids: npy([3, 2], 'int64') },
      "holds 4 samples of input 'x', but 3 of 'ids'",
    ],
    ['a missing array', { x: npy([4, 3]) }, "holds no array for input 'ids'"],
    [
      'other names',
      { a: npy([4, 3]), b: npy([4, 2]) },
      "holds 'a', 'b', but the inputs of the model are 'x', 'ids'",
    ],
    ['an empty array', { x: npy([0, 3]), ids: npy([0, 2], 'int64') }, 'holds an empty array'],
    [
      'another shape',
      { x: npy([4, 5]), ids: npy([4, 2], 'int64') },
      "input 'x' of the model is float32[N, 3], but 'x' in bad.npz[0] holds float32[1, 5]",
    ],
  ])('%s', async (_, arrays, message) => {
    const path = written('bad.npz', npz(arrays as Record<string, Uint8Array>));
    expect(await problem(pair, { data: [path] })).toContain(message);
  });

  it('one file for several inputs', async () => {
    expect(await problem(pair, { data: [rows] })).toMatch('does not tell which it is for');
  });
});

describe('--data with a folder', () => {
  it('images and arrays in natural order, others left out', async () => {
    const path = folder('mixed', {
      'image10.png': await png(100),
      'image2.png': await png(20),
      'Image1.PNG': await png(10),
      'a.npy': npy([3, 4, 4]),
      'b.npz': npz({ x: npy([1, 3, 4, 4]) }),
      'c.bin': ramp([1, 3, 4, 4]).bytes,
      'labels.txt': new Uint8Array(1),
      '.hidden.png': new Uint8Array(1),
    });
    mkdirSync(join(path, 'deeper'));
    const found = await read(pixels, { data: [path] });
    const names = ['Image1.PNG', 'image2.png', 'image10.png', 'a.npy', 'b.npz', 'c.bin'];
    expect(sources(found)).toEqual(names.map((name) => `mixed/${name}`));
    expect(new Set(shapes(found))).toEqual(new Set(['1x3x4x4']));
    expect(found.notes).toEqual([`1 file of other kinds in ${path} left out`]);
  });

  it("images in groups of the model's batch", async () => {
    const files = await Promise.all(
      [1, 2, 3, 4, 5].map(async (i) => [`${i}.png`, await png(i)] as const),
    );
    const path = folder('batches', Object.fromEntries(files));
    const fixed = await read([input('x', [2, 3, 4, 4], 'uint8')], { data: [path] });
    expect(shapes(fixed)).toEqual(['2x3x4x4', '2x3x4x4']);
    expect(sources(fixed)[1]).toBe('batches/3.png … 4.png');
    expect(new Set(values(fixed.samples[1]))).toEqual(new Set([3, 4]));
    expect(fixed.notes).toEqual([`1 image at the end of ${path} left out: too few for a batch`]);
    expect(shapes(await read(pixels, { data: [path], batch: 3 }))).toEqual(['3x3x4x4', '2x3x4x4']);
    expect(await problem([input('x', [6, 3, 4, 4])], { data: [path] })).toBe(
      "batches holds 5 images, but input 'x' takes 6 at once",
    );
  });

  it('images of different sizes', async () => {
    const path = folder('sizes', { 'a.png': await png(1, 4, 4), 'b.png': await png(2, 4, 6) });
    const open = [input('x', ['N', 3, 'H', 'W'])];
    expect(shapes(await read(open, { data: [path] }))).toEqual(['1x3x4x4', '1x3x6x4']);
    expect(await problem(open, { data: [path], batch: 2 })).toBe(
      'sizes/a.png and sizes/b.png have different sizes and cannot share a batch',
    );
    const image = { size: { height: 5, width: 5 } };
    expect(shapes(await read(open, { data: [path], batch: 2, image }))).toEqual(['2x3x5x5']);
  });

  it('several inputs: archives alone', async () => {
    const archive = npz({ x: npy([1, 3]), ids: npy([1, 2], 'int64') });
    const path = folder('archives', { '1.npz': archive, '2.npz': archive });
    expect(shapes(await read(pair, { data: [path] }))).toEqual(['1x3 1x2', '1x3 1x2']);
    const bare = folder('bare', { '1.npy': npy([1, 3]) });
    expect(await problem(pair, { data: [bare] })).toMatch('does not tell which it is for');
  });

  it('a folder without samples', async () => {
    const path = folder('useless', { 'a.txt': new Uint8Array(1) });
    const message = 'useless holds no images and no .npy, .npz or .bin files';
    expect(await problem(pixels, { data: [path] })).toBe(message);
    expect(await problem(pixels, { data: ['none'] })).toBe(
      'cannot read none: no such file or folder',
    );
  });

  it('a broken file fails when its turn comes, and whoever stops before it sees nothing of it', async () => {
    const path = folder('broken', {
      '1.png': await png(1),
      '2.png': new Uint8Array(),
      '3.png': await png(3),
    });
    const source = await sampleSource(pixels, { data: [path] });
    for await (const sample of source.samples()) {
      expect(sample.source).toBe(join(path, '1.png'));
      break;
    }
    expect(await problem(pixels, { data: [path] })).toMatch(
      /^broken\/2\.png is no image that can be decoded/,
    );
  });

  it('files are read one ahead of use', async () => {
    const path = folder('lazy', {
      '1.npy': npy([1, 3]),
      '2.npy': npy([1, 3]),
      '3.npy': npy([1, 3]),
    });
    const source = await sampleSource(vector, { data: [path] });
    const samples = source.samples()[Symbol.asyncIterator]();
    await samples.next();
    // The third one has not been looked at, so that it may still vanish.
    rmSync(join(path, '3.npy'));
    await samples.next();
    expect(await problemOf(() => samples.next())).toMatch('no such file');
  });
});
