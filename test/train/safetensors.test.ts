import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataType, elementCount, Tensor } from '../../src/tensor/index.js';
import { duplicateName } from '../../src/train/json.js';
import {
  readSafetensors,
  safetensorsChunks,
  writeSafetensors,
} from '../../src/train/safetensors/index.js';
import { problemOf } from '../data/problems.js';

const fixture = (name: string): string =>
  join(import.meta.dirname, '../../fixtures/train', `${name}.safetensors`);

let folder = '';
let path = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'safetensors-'));
  path = join(folder, 'a.safetensors');
});
afterAll(() => rmSync(folder, { recursive: true }));

const float = (...values: number[]): Tensor =>
  Tensor.fromNumbers('float32', [values.length], values);

/** A file of this header, whatever it says, and of this many bytes of elements. */
function fileOf(header: string | Uint8Array, dataBytes = 0, length?: bigint): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

async function problemIn(bytes: Uint8Array): Promise<string> {
  writeFileSync(path, bytes);
  return (await problemOf(() => readSafetensors(path))).replace(path, 'FILE');
}

describe('files of the reference library', () => {
  it('every element type is read', async () => {
    const { tensors } = await readSafetensors(fixture('every_type'));
    expect(tensors.size).toBe(19);
    const numbers = (name: string): number[] => [...(tensors.get(name) as Tensor).toNumbers()];
    for (const name of ['uint8', 'int16', 'float16', 'bfloat16', 'float32', 'float64', 'uint64']) {
      expect([name, numbers(name)]).toEqual([name, [0, 1, 2, 4]]);
    }
    expect(numbers('bool')).toEqual([0, 1, 1, 1]);
    expect(tensors.get('float8_e4m3fn')?.dtype).toBe('float8e4m3fn');
    expect([...(tensors.get('float8_e4m3fn') as Tensor).bytes]).toEqual([0, 0x38, 0x40, 0x48]);
    expect([...(tensors.get('float8_e5m2fnuz') as Tensor).bytes]).toEqual([0, 0x40, 0x44, 0x48]);
    expect(tensors.get('complex64')?.byteLength).toBe(32);
  });

  it('shapes, names and metadata are read', async () => {
    const { tensors, metadata } = await readSafetensors(fixture('shapes'));
    expect([...metadata]).toEqual([['format', 'pt']]);
    const dims = Object.fromEntries([...tensors].map(([name, tensor]) => [name, tensor.dims]));
    expect(dims).toEqual({
      'conv.weight': [2, 3, 2, 2],
      'bn.num_batches_tracked': [],
      empty: [0, 3],
      'ü/"quoted"\n': [1],
      odd: [3],
      after: [1],
    });
    const weights = (tensors.get('conv.weight') as Tensor).toNumbers();
    expect([...weights]).toEqual(Array.from({ length: 24 }, (_, i) => i / 8));
  });

  it.each(['every_type', 'shapes', 'nothing'])('%s is written as the same bytes', async (name) => {
    const { tensors, metadata } = await readSafetensors(fixture(name));
    const chunks = [...safetensorsChunks(new Map([...tensors].reverse()), metadata)];
    expect(Buffer.concat(chunks).equals(readFileSync(fixture(name)))).toBe(true);
  });
});

describe('writing', () => {
  const types: DataType[] = ['float32', 'float64', 'int64', 'float16', 'uint8', 'bool'];
  const tensor = fc
    .record({
      dtype: fc.constantFrom(...types),
      dims: fc.array(fc.nat({ max: 4 }), { maxLength: 3 }),
    })
    .map(({ dtype, dims }) => {
      const values = Array.from({ length: elementCount(dims) }, (_, i) => i % 2);
      return Tensor.fromNumbers(dtype, dims, values);
    });
  const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__metadata__');

  it('what is written is read again', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(name, tensor), { maxLength: 5 }),
        fc.array(fc.tuple(name, fc.string({ unit: 'grapheme' })), { maxLength: 3 }),
        async (tensors, metadata) => {
          const given = new Map(tensors);
          await writeSafetensors(path, given, new Map(metadata));
          const read = await readSafetensors(path);
          expect(read.metadata).toEqual(new Map(metadata));
          expect([...read.tensors.keys()].sort()).toEqual([...given.keys()].sort());
          for (const [key, value] of given) {
            expect(read.tensors.get(key)?.equals(value)).toBe(true);
          }
        },
      ),
      { numRuns: 50 },
    ));

  it('elements lie at multiples of their width', async () => {
    const tensors = new Map([
      ['a', Tensor.fromNumbers('uint8', [3], [1, 2, 3])],
      ['b', float(1, 2)],
      ['c', Tensor.int64s([1])],
    ]);
    const [header] = [...safetensorsChunks(tensors)];
    expect((header as Uint8Array).length % 8).toBe(0);
    await writeSafetensors(path, tensors);
    expect([...(await readSafetensors(path)).tensors.keys()]).toEqual(['c', 'b', 'a']);
  });

  it('one tensor is in memory at a time', async () => {
    let open = 0;
    let read = 0;
    const lazy = (): Tensor =>
      new Tensor('float32', [4], () => {
        open = ++read;
        return new Uint8Array(16);
      });
    const chunks = safetensorsChunks(new Map([...'abc'].map((letter) => [letter, lazy()])));
    const seen = Array.from(chunks, () => open);
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('a failed write leaves the old file and nothing else', async () => {
    await writeSafetensors(path, new Map([['a', float(1)]]));
    const bad = new Tensor('float32', [4], () => new Uint8Array(3));
    await expect(writeSafetensors(path, new Map([['a', bad]]))).rejects.toThrow('too few bytes');
    expect(readdirSync(folder)).toEqual(['a.safetensors']);
    expect((await readSafetensors(path)).tensors.get('a')?.equals(float(1))).toBe(true);
  });

  it('what the format lacks is refused', async () => {
    const text = new Tensor('string', [1], [new Uint8Array(1)]);
    const problem = (name: string, value: Tensor): Promise<string> =>
      problemOf(() => writeSafetensors(path, new Map([[name, value]])));
    expect(await problem('a', text)).toBe('the safetensors format has no elements of type string');
    expect(await problem('__metadata__', float(1))).toContain('no tensor can be named');
  });
});

describe('hostile files', () => {
  const entry = (shape: string, offsets: string, dtype = 'F32'): string =>
    `{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${offsets}]}`;

  it.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(0), 'it has only 0 bytes'],
    ['shorter than the length', new Uint8Array(7), 'it has only 7 bytes'],
    ['a huge header', fileOf('{}', 0, 2n ** 63n), 'a header of 9223372036854775808 bytes'],
    ['a header over the limit', fileOf('{}', 0, 100_000_001n), 'where 100000000 are the most'],
    ['a cut header', fileOf('{}', 0, 3n), 'it ends in its header'],
    ['no object', fileOf('[]'), 'no JSON object'],
    ['a space first', fileOf(' {}'), 'no JSON object'],
    ['no JSON', fileOf('{"a":'), 'its header is no JSON'],
    ['no UTF-8', fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)), 'is no JSON'],
    ['no entry', fileOf('{"a":1}'), "tensor 'a' is not described"],
    ['no type', fileOf('{"a":{}}'), 'unknown element type undefined'],
    ['an unknown type', fileOf(`{"a":${entry('1', '0,4', 'F4')}}`, 4), 'unknown element type F4'],
    ['no shape', fileOf('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4), 'no valid shape'],
    ['a negative length', fileOf(`{"a":${entry('-1', '0,4')}}`, 4), 'no valid shape'],
    ['half a length', fileOf(`{"a":${entry('0.5', '0,2')}}`, 2), 'no valid shape'],
    ['one offset', fileOf(`{"a":${entry('1', '4')}}`, 4), 'no valid offsets'],
    ['turned offsets', fileOf(`{"a":${entry('1', '4,0')}}`, 4), 'has -4 bytes, not 4'],
    ['a wrong size', fileOf(`{"a":${entry('2', '0,4')}}`, 4), '[2] has 4 bytes, not 8'],
    [
      'an overflowing shape',
      fileOf(`{"a":${entry('4294967296,4294967296,4294967296', '0,0')}}`),
      'has 0 bytes, not',
    ],
    ['missing elements', fileOf(`{"a":${entry('2', '0,8')}}`, 4), 'describes 8 bytes'],
    ['bytes too many', fileOf(`{"a":${entry('1', '0,4')}}`, 5), 'but 5 follow'],
    [
      'an overlap',
      fileOf(`{"a":${entry('2', '0,8')},"b":${entry('1', '4,8')}}`, 8),
      "tensor 'b' overlaps the one before it",
    ],
    [
      'a gap',
      fileOf(`{"a":${entry('1', '0,4')},"b":${entry('1', '8,12')}}`, 12),
      "tensor 'b' leaves a gap",
    ],
    [
      'a name twice',
      fileOf(`{"a":${entry('1', '0,4')},"\\u0061":${entry('1', '0,4')}}`, 4),
      "has the name 'a' twice",
    ],
    ['metadata that are no texts', fileOf('{"__metadata__":{"a":1}}'), "'a' in its metadata"],
    ['metadata that are a list', fileOf('{"__metadata__":[]}'), 'its metadata are no JSON object'],
    ['names that drive a terminal', fileOf('{"\\u001b[2J":1}'), 'is not described'],
  ])('%s', async (_, bytes, problem) => {
    expect(await problemIn(bytes)).toContain(problem);
  });

  it('any change of a byte is either harmless or a clear error', async () => {
    const whole = readFileSync(fixture('shapes'));
    const changes = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(changes, fc.nat(whole.length), async ({ at, value }, length) => {
        const bytes = Uint8Array.from(whole);
        bytes[at] = value;
        await problemIn(bytes);
        expect(length === whole.length || (await problemIn(whole.subarray(0, length)))).not.toBe(
          'none',
        );
      }),
      { numRuns: 150 },
    );
  });

  it('folders and files that are not there', async () => {
    expect(await problemOf(() => readSafetensors(folder))).toContain('it is not a file');
    expect(await problemOf(() => readSafetensors(join(folder, 'b')))).toContain('no such file');
  });
});

it('names that stand twice are found whatever stands between', () => {
  expect(duplicateName('{"a":{"b":1,"c":["a","a",{"b":2}]},"d":"\\\\\\"a\\":"}')).toBeNull();
  expect(duplicateName('{"x":[{"a" :1,"b":"}","a"\n:2}]}')).toBe('a');
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(duplicateName(text)).toBeNull();
    }),
  );
});
