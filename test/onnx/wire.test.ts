import fc from 'fast-check';
import protobuf from 'protobufjs/light.js';
import { describe, expect, it } from 'vitest';
import { ChunkWriter } from '../../src/onnx/chunk-writer.js';
import { concatenate } from '../../src/onnx/elements.js';
import { type Message, type MessageName, schema } from '../../src/onnx/schema.js';
import { changed, readMessage, writeMessage } from '../../src/onnx/wire.js';
import { encode, unknownField, utf8 } from './protos.js';

const int64 = fc.record({
  low: fc.integer(),
  high: fc.integer(),
  unsigned: fc.constant(false),
});

const scalars: Record<string, fc.Arbitrary<unknown>> = {
  string: fc.string({ unit: 'grapheme' }),
  bytes: fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 4000, maxLength: 4200 })),
  int32: fc.integer(),
  int64,
  float: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
};

/** Any message of the schema, with fields that the schema does not know. */
function anyMessage(name: MessageName, depth: number): fc.Arbitrary<object> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {
    $unknowns: fc.array(
      fc
        .tuple(fc.integer({ min: 1000, max: 1999 }), fc.uint8Array({ maxLength: 20 }))
        .map(([number, value]) => unknownField(number, value)),
      { maxLength: 2 },
    ),
  };
  const spec: Record<string, readonly [number, string]> = schema[name];
  for (const [field, [, notation]] of Object.entries(spec)) {
    const type = notation.replace('*', '');
    const bytes = type === 'packed' ? 'bytes' : type;
    const element =
      scalars[bytes] ?? (depth > 0 ? anyMessage(type as MessageName, depth - 1) : null);
    if (!element) continue;
    const repeated = notation.endsWith('*') || type === 'packed';
    fields[field] = repeated ? fc.array(element, { maxLength: 2 }) : element;
  }
  return fc.record(fields, { requiredKeys: [] });
}

describe('messages', () => {
  it.each(Object.keys(schema) as MessageName[])('%s is read as it was written', (name) => {
    const property = fc.property(anyMessage(name, 1), (message) => {
      const bytes = encode(name, message as Message<MessageName>);
      expect(Buffer.compare(encode(name, readMessage(name, bytes)), bytes)).toBe(0);
    });
    fc.assert(property, { numRuns: 20 });
  });

  it('absent fields stay undefined', () => {
    const message = readMessage('NodeProto', new Uint8Array());
    expect([message.name, message.input, message.attribute]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('fields with default values are kept apart from absent ones', () => {
    const message = { name: '', i: { low: 0, high: 0, unsigned: false }, f: 0 };
    const copy = readMessage('AttributeProto', encode('AttributeProto', message));
    expect(Object.keys(copy).sort()).toEqual(['f', 'i', 'name']);
  });

  it('large bytes are views, not copies', () => {
    const raw = new Uint8Array(100_000).fill(7);
    const bytes = encode('TensorProto', { name: 'w', raw_data: raw });
    const read = readMessage('TensorProto', bytes);
    expect(read.raw_data?.buffer).toBe(bytes.buffer);
    const chunks = writeMessage('TensorProto', { name: 'w', raw_data: raw });
    expect(chunks.some((chunk) => chunk === raw)).toBe(true);
    const tail = { doc_string: utf8('after the data') };
    const whole = readMessage('TensorProto', encode('TensorProto', { ...read, ...tail }));
    expect(whole.doc_string).toEqual(tail.doc_string);
    expect(whole.raw_data).toEqual(raw);
  });
});

describe('ChunkWriter', () => {
  it('writes what the writer of protobufjs writes', () => {
    interface Tree {
      readonly bytes: Uint8Array;
      readonly children: readonly Tree[];
    }
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 4090, max: 20_000 }).map((length) => new Uint8Array(length).fill(length)),
    );
    const tree = (depth: number): fc.Arbitrary<Tree> =>
      fc.record({
        bytes,
        children: depth === 0 ? fc.constant([]) : fc.array(tree(depth - 1), { maxLength: 3 }),
      });
    const write = (writer: protobuf.Writer, { bytes, children }: Tree): protobuf.Writer => {
      for (const child of children) write(writer.uint32(10).fork(), child).ldelim();
      return writer.uint32(18).bytes(bytes).raw(bytes);
    };
    const property = fc.property(tree(4), (value) => {
      const writer = new ChunkWriter();
      write(writer, value);
      const expected = write(protobuf.Writer.create(), value).finish();
      expect(writer.byteLength).toBe(expected.length);
      expect(Buffer.compare(concatenate(writer.chunks()), expected)).toBe(0);
    });
    fc.assert(property);
  });
});

describe('changed', () => {
  const original = readMessage(
    'NodeProto',
    concatenate([
      encode('NodeProto', { name: 'n', doc_string: utf8('doc') }),
      unknownField(1000, utf8('u')),
    ]),
  );

  it('keeps everything else, unknown fields included', () => {
    const copy = readMessage('NodeProto', encode('NodeProto', changed(original, { name: 'm' })));
    expect(copy.name).toBe('m');
    expect(copy.doc_string).toEqual(utf8('doc'));
    expect(copy.$unknowns).toEqual(original.$unknowns);
    expect(original.name).toBe('n');
  });

  it('does not make absent text present by making it empty', () => {
    expect('domain' in changed(original, { domain: '' })).toBe(false);
    expect(changed(original, { name: '' }).name).toBe('');
  });

  it('removes a field', () => {
    const copy = encode('NodeProto', changed(original, { doc_string: undefined }));
    expect(readMessage('NodeProto', copy).doc_string).toBeUndefined();
  });
});
