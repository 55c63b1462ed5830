import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTensor } from '../../src/onnx/decode-tensor.js';
import { concatenate } from '../../src/onnx/elements.js';
import { encodeTensor } from '../../src/onnx/encode-tensor.js';
import { numberToInt64 } from '../../src/onnx/numbers.js';
import type { TensorProto } from '../../src/onnx/schema.js';
import { readMessage } from '../../src/onnx/wire.js';
import { byteLength, type DataType, dataTypes, Tensor } from '../../src/tensor/index.js';
import { encode, utf8 } from './protos.js';

/** Protobuf's varint of a 64-bit two's complement integer. */
function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

const varints = (values: readonly bigint[]): Uint8Array => Uint8Array.from(values.flatMap(varint));

const dims = (...lengths: number[]) => lengths.map(numberToInt64);

const tensorOf = (message: TensorProto): Tensor =>
  decodeTensor(readMessage('TensorProto', encode('TensorProto', message)), 'tensor') as Tensor;

const messageOf = (dtype: DataType, count: number, rest: TensorProto): TensorProto => ({
  data_type: dataTypes[dtype].code,
  dims: dims(count),
  ...rest,
});

const integers = {
  int8: { field: 'int32_data', min: -128n, max: 127n, array: Int8Array },
  uint8: { field: 'int32_data', min: 0n, max: 255n, array: Uint8Array },
  int16: { field: 'int32_data', min: -32768n, max: 32767n, array: Int16Array },
  uint16: { field: 'int32_data', min: 0n, max: 65535n, array: Uint16Array },
  int32: { field: 'int32_data', min: -(2n ** 31n), max: 2n ** 31n - 1n, array: Int32Array },
  uint32: { field: 'uint64_data', min: 0n, max: 2n ** 32n - 1n, array: Uint32Array },
  int64: { field: 'int64_data', min: -(2n ** 63n), max: 2n ** 63n - 1n, array: BigInt64Array },
  uint64: { field: 'uint64_data', min: 0n, max: 2n ** 64n - 1n, array: BigUint64Array },
} as const;

describe('typed elements', () => {
  it.each(Object.entries(integers))('%s', (dtype, { field, min, max, array }) => {
    const element = fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n));
    const property = fc.property(fc.array(element), fc.nat(20), (values, cut) => {
      const chunks = [varints(values.slice(0, cut)), varints(values.slice(cut))];
      const whole = encode('TensorProto', messageOf(dtype as DataType, values.length, {}));
      const packed = encode('TensorProto', { [field]: chunks });
      const tensor = decodeTensor(readMessage('TensorProto', concatenate([whole, packed])), 't');
      const expected =
        array === BigInt64Array || array === BigUint64Array
          ? array.from(values)
          : (array as typeof Int8Array).from(values.map(Number));
      expect(tensor?.bytes).toEqual(new Uint8Array(expected.buffer));
    });
    fc.assert(property);
  });

  it.each([
    ['float32', 'float_data', 4, 1],
    ['complex64', 'float_data', 4, 2],
    ['float64', 'double_data', 8, 1],
    ['complex128', 'double_data', 8, 2],
  ] as const)('%s', (dtype, field, width, parts) => {
    const property = fc.property(
      fc.array(fc.uint8Array({ minLength: width, maxLength: width })),
      (rows) => {
        const elements = rows.slice(0, rows.length - (rows.length % parts));
        const chunks = [concatenate(elements.slice(0, 2)), concatenate(elements.slice(2))];
        const tensor = tensorOf(messageOf(dtype, elements.length / parts, { [field]: chunks }));
        expect(tensor.bytes).toEqual(concatenate(elements));
      },
    );
    fc.assert(property);
  });

  it.each(['float16', 'bfloat16'] as const)('%s as bit patterns', (dtype) => {
    const bits = [0, 1, 0x3c00, 0x8000, 0xffff];
    const tensor = tensorOf(messageOf(dtype, 5, { int32_data: [varints(bits.map(BigInt))] }));
    expect(tensor.bytes).toEqual(new Uint8Array(Uint16Array.from(bits).buffer));
  });

  it.each(['bool', 'float8e4m3fn', 'float8e5m2', 'float8e8m0'] as const)('%s', (dtype) => {
    const tensor = tensorOf(messageOf(dtype, 3, { int32_data: [varints([0n, 1n, 1n])] }));
    expect(tensor.bytes).toEqual(Uint8Array.of(0, 1, 1));
  });

  it.each([
    ['int4', 3, 2],
    ['uint4', 4, 2],
    ['float4e2m1', 1, 1],
    ['int2', 5, 2],
    ['uint2', 4, 1],
  ] as const)('%s: %i elements in %i bytes', (dtype, count, bytes) => {
    const data = Array.from({ length: bytes }, (_, i) => BigInt(200 + i));
    const tensor = tensorOf(messageOf(dtype, count, { int32_data: [varints(data)] }));
    expect(tensor.bytes).toEqual(Uint8Array.from(data.map(Number)));
  });

  it('a packed float field is not copied', () => {
    const data = new Uint8Array(Float32Array.of(1, 2).buffer);
    const message = readMessage(
      'TensorProto',
      encode('TensorProto', messageOf('float32', 2, { float_data: [data] })),
    );
    expect(decodeTensor(message, 't')?.bytes.buffer).toBe(message.float_data?.[0]?.buffer);
  });

  it('elements that a writer did not pack are read too', () => {
    const header = encode('TensorProto', messageOf('float32', 2, {}));
    const floats = [1.5, -2].flatMap((x) => [
      4 * 8 + 5,
      ...new Uint8Array(Float32Array.of(x).buffer),
    ]);
    const tensor = decodeTensor(
      readMessage('TensorProto', Uint8Array.from([...header, ...floats])),
      't',
    );
    expect([...(tensor?.toNumbers() ?? [])]).toEqual([1.5, -2]);
    const integers = encode('TensorProto', messageOf('int64', 2, {}));
    const loose = [-1n, 300n].flatMap((x) => [7 * 8, ...varint(x)]);
    const int64s = decodeTensor(
      readMessage('TensorProto', Uint8Array.from([...integers, ...loose])),
      't',
    );
    expect([...(int64s?.toNumbers() ?? [])]).toEqual([-1, 300]);
  });
});

describe('raw data and strings', () => {
  const numeric = Object.keys(dataTypes).filter((name) => name !== 'string') as DataType[];

  it.each(numeric)('%s', (dtype) => {
    for (const count of [0, 1, 5]) {
      const raw = new Uint8Array(byteLength(dtype, count)).map((_, i) => i + 1);
      expect(tensorOf(messageOf(dtype, count, { raw_data: raw })).bytes).toEqual(raw);
    }
  });

  it('strings are kept as bytes', () => {
    const strings = [utf8('ä'), Uint8Array.of(0xff, 0), new Uint8Array()];
    const tensor = tensorOf(messageOf('string', 3, { string_data: strings }));
    expect(tensor.strings).toEqual(strings);
    expect(encodeTensor(tensor).string_data).toEqual(strings);
  });

  it('a NaN keeps its payload', () => {
    const bits = Uint8Array.of(1, 0, 160, 127);
    expect(tensorOf(messageOf('float32', 1, { float_data: [bits] })).bytes).toEqual(bits);
  });
});

describe('what the IR cannot hold', () => {
  it.each([
    ['a type of the future', { data_type: 99, dims: dims(4), raw_data: Uint8Array.of(1) }],
    ['no type at all', { dims: dims(4) }],
    ['a segment', { data_type: 1, dims: dims(4), segment: {}, raw_data: Uint8Array.of(1) }],
  ])('%s', (_, message) => {
    expect(decodeTensor(message, 't')).toBeNull();
  });
});

describe('new tensors', () => {
  it('are written as raw data', () => {
    const tensor = Tensor.fromNumbers('float16', [2, 1], [1, -2]);
    const message = readMessage('TensorProto', encode('TensorProto', encodeTensor(tensor, 'w')));
    expect(message.name).toBe('w');
    expect(message.data_type).toBe(10);
    expect(message.raw_data).toEqual(tensor.bytes);
    expect([...(decodeTensor(message, 'w')?.toNumbers() ?? [])]).toEqual([1, -2]);
  });
});
