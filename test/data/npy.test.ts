import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeNpy, encodeNpy } from '../../src/data/index.js';
import { elementBytes, elementCount, Tensor } from '../../src/tensor/index.js';
import { problemOf } from './problems.js';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(join(import.meta.dirname, '../../fixtures/data', name)));
const decodeFixture = (name: string): Tensor => decodeNpy(fixture(name), name);

/** A file with any header, as a hostile or unusual writer would make it. */
function npy(header: string, data: Uint8Array = new Uint8Array(), major = 1): Uint8Array {
  const length = major === 1 ? 2 : 4;
  const prefix = [0x93, ...new TextEncoder().encode('NUMPY'), major, 0];
  const lengths = Array.from({ length }, (_, i) => (header.length >> (8 * i)) & 0xff);
  const text = Uint8Array.from(header, (char) => char.charCodeAt(0));
  return Uint8Array.from([...prefix, ...lengths, ...text, ...data]);
}

const header = (descr: string, shape: string, order = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

const descriptors = {
  float16: 'f2',
  float32: 'f4',
  float64: 'f8',
  int8: 'i1',
  int16: 'i2',
  int32: 'i4',
  int64: 'i8',
  uint8: 'u1',
  uint16: 'u2',
  uint32: 'u4',
  uint64: 'u8',
  bool: 'b1',
} as const;

const tensors = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(descriptors) as (keyof typeof descriptors)[])),
    dims: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
  })
  .chain(({ dtype, dims }) => {
    const length = elementCount(dims) * elementBytes(dtype);
    const byte =
      dtype === 'bool' ? fc.integer({ min: 0, max: 1 }) : fc.integer({ max: 255, min: 0 });
    return fc
      .array(byte, { minLength: length, maxLength: length })
      .map((bytes) => new Tensor(dtype, dims, Uint8Array.from(bytes)));
  });

/** The element at a row-major index, as bytes, put where column-major order has it. */
function columnMajor({ dtype, dims, bytes }: Tensor): Uint8Array {
  const width = elementBytes(dtype);
  const out = new Uint8Array(bytes.length);
  for (let index = 0; index * width < bytes.length; index++) {
    let rest = index;
    const position = dims.toReversed().map((dim) => {
      const here = rest % dim;
      rest = Math.floor(rest / dim);
      return here;
    });
    const target = position.reduce((sum, here, i) => sum * dims.toReversed()[i]! + here, 0);
    out.set(bytes.subarray(index * width, (index + 1) * width), target * width);
  }
  return out;
}

function reversedElements(bytes: Uint8Array, width: number): Uint8Array {
  const starts = Array.from({ length: bytes.length / width }, (_, i) => i * width);
  return Uint8Array.from(starts.flatMap((at) => [...bytes.subarray(at, at + width)].reverse()));
}

describe('files of any kind', () => {
  it('what is written is read again, and needs no more than the header and the elements', () => {
    fc.assert(
      fc.property(tensors, (tensor) => {
        const bytes = encodeNpy(tensor);
        expect(decodeNpy(bytes, 'a.npy').equals(tensor)).toBe(true);
        expect((bytes.length - tensor.byteLength) % 64).toBe(0);
      }),
    );
  });

  it('every version, byte order and element order gives the same tensor', () => {
    const order = fc.record({
      big: fc.boolean(),
      fortran: fc.boolean(),
      major: fc.nat({ max: 2 }),
    });
    fc.assert(
      fc.property(tensors, order, (tensor, { big, fortran, major }) => {
        const { dtype, dims } = tensor;
        const width = elementBytes(dtype);
        const ordered = fortran ? columnMajor(tensor) : tensor.bytes;
        const data = big ? reversedElements(ordered, width) : ordered;
        const shape = `(${dims.map((dim) => `${dim},`).join(' ')})`;
        const descr = `${width === 1 ? '|' : big ? '>' : '<'}${descriptors[dtype as keyof typeof descriptors]}`;
        const text = header(descr, shape, fortran ? 'True' : 'False');
        expect(decodeNpy(npy(text, data, major + 1), 'a.npy').equals(tensor)).toBe(true);
      }),
    );
  });

  it('any byte but 0 is true', () => {
    const bytes = npy(header('|b1', '(3,)'), Uint8Array.of(0, 1, 255));
    expect([...decodeNpy(bytes, 'a.npy').bytes]).toEqual([0, 1, 1]);
  });

  it.each(['bfloat16', 'int4'] as const)('%s has no .npy form', async (dtype) => {
    const write = () => encodeNpy(new Tensor(dtype, [2], new Uint8Array(4)));
    expect(await problemOf(write)).toBe(`the .npy format has no elements of type ${dtype}`);
  });
});

describe('files that NumPy wrote', () => {
  const dtypes = Object.entries(descriptors).filter(([dtype]) => dtype !== 'bool');
  const cases = dtypes.flatMap(([dtype, kind]) =>
    ['little', 'big']
      .filter((order) => order === 'little' || !kind.endsWith('1'))
      .map((order) => [`${kind}_${order}.npy`, dtype] as const),
  );

  it.each(cases)('%s', (name, dtype) => {
    const offset = dtype.startsWith('u') ? 0 : 2;
    const scale = dtype.startsWith('float') ? 0.5 : 1;
    const tensor = decodeFixture(name);
    expect(tensor.dtype).toBe(dtype);
    expect(tensor.dims).toEqual([2, 3]);
    expect([...tensor.toNumbers()]).toEqual([0, 1, 2, 3, 4, 5].map((i) => (i - offset) * scale));
  });

  it.each(['fortran.npy', 'fortran_big.npy'])('%s is put into row-major order', (name) => {
    const tensor = decodeFixture(name);
    expect(tensor.dims).toEqual([2, 3, 4]);
    expect([...tensor.toNumbers()]).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  it.each(['version2.npy', 'version3.npy'])('%s', (name) => {
    expect(decodeFixture(name).equals(decodeFixture('f4_little.npy'))).toBe(true);
  });

  it('booleans, scalars, vectors and empty arrays', () => {
    expect([...decodeFixture('b1.npy').toNumbers()]).toEqual([1, 0, 1, 0, 0, 1]);
    expect(decodeFixture('scalar.npy').equals(Tensor.scalar('float32', 2.5))).toBe(true);
    expect(decodeFixture('vector.npy').dims).toEqual([3]);
    expect(decodeFixture('empty.npy').dims).toEqual([0, 3]);
  });

  it.each(['f4_little.npy', 'i1_little.npy', 'scalar.npy', 'vector.npy', 'empty.npy', 'b1.npy'])(
    '%s is written byte for byte as NumPy does',
    (name) => expect(encodeNpy(decodeFixture(name))).toEqual(fixture(name)),
  );

  it.each([
    ['object', 'Python objects (pickled)'],
    ['complex', 'complex numbers'],
    ['text', 'text'],
    ['bytes', 'text'],
    ['records', 'records with named fields'],
    ['dates', 'dates'],
    ['long_double', "elements of type '<f16'"],
  ])('an array of %s is refused', async (name, what) => {
    expect(await problemOf(() => decodeFixture(`refused_${name}.npy`))).toContain(`holds ${what},`);
  });
});

describe('damaged and hostile files', () => {
  it('cut off after any byte', async () => {
    const bytes = fixture('f4_little.npy');
    for (let length = 0; length < bytes.length; length++) {
      const message = await problemOf(() => decodeNpy(bytes.subarray(0, length), 'a.npy'));
      expect(message).toMatch(/^a\.npy is (not a \.npy file, or )?damaged: /);
    }
  });

  it('any byte replaced: read or refused', async () => {
    const bytes = fixture('version2.npy');
    for (let i = 0; i < bytes.length; i++) {
      for (const byte of [0, 0x20, 0x29, 0x39, 0x9b, 0xff]) {
        await problemOf(() => decodeNpy(bytes.with(i, byte), 'a.npy'));
      }
    }
  });

  it.each([
    [
      'a header of 4 GiB',
      Uint8Array.from([...npy('', undefined, 2).subarray(0, 8), 255, 255, 255, 255]),
    ],
    ['version 4', npy(header('<f4', '(1,)'), new Uint8Array(4), 4)],
    [
      'more elements than there are numbers',
      npy(header('<f4', `(${'999999999999999, '.repeat(64)})`)),
    ],
    ['0 times infinity', npy(header('<f4', `(${'999999999999999, '.repeat(40)}0)`))],
    ['too many axes', npy(header('<f4', `(${'1, '.repeat(65)})`), new Uint8Array(4))],
    ['a huge length', npy(header('<f4', '(1e9,)'))],
    ['a negative length', npy(header('<f4', '(-1,)'))],
    ['a shape that does not end', npy(`{'descr': '<f4', 'shape': (${' '.repeat(60_000)}}`)],
    [
      'an object in a list',
      npy(`{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,), }`),
    ],
    ['the order of the writer', npy(header('=f4', '(1,)'), new Uint8Array(4))],
    ['a type of the prototype', npy(header('<constructor', '(1,)'))],
    ['a type that moves the cursor', npy(header('<\u001b[2J\u009b', '(1,)'))],
    ['trailing bytes', npy(header('<f4', '(1,)'), new Uint8Array(5))],
    ['no descr', npy("{'fortran_order': False, 'shape': (1,), }")],
    ['no order', npy("{'descr': '<f4', 'shape': (1,), }")],
    ['no shape', npy("{'descr': '<f4', 'fortran_order': False, }")],
    ['no dictionary', npy('hello')],
  ])('%s', async (_, bytes) => {
    expect(await problemOf(() => decodeNpy(bytes, 'a.npy'))).toMatch(/^a\.npy /);
  });
});
