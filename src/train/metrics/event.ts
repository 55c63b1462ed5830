import { varint } from '../../onnx/chunk-writer.js';

/**
 * The few fields of TensorBoard's `Event` message (tensorboard/compat/proto/event.proto and summary.proto) that scalars
 * need, in protobuf's notation: Event { wall_time = 1, step = 2, file_version = 3, summary = 5, session_log = 7 },
 * Summary { value = 1 }, Summary.Value { tag = 1, simple_value = 2 }, SessionLog { status = 1 }.
 */
export interface Event {
  /** In seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  readonly fileVersion?: string;
  /** Values by tag. */
  readonly scalars?: ReadonlyMap<string, number>;
  /** Says that a run begins, or goes on, at this step. */
  readonly start?: boolean;
}

/** How protobuf writes a field: its wire types. */
const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const sessionStart = 1;

const key = (field: number, type: number): Iterable<number> => varint(field * 8 + type);

const bytesField = (field: number, content: ArrayLike<number>): number[] => [
  ...key(field, wire.bytes),
  ...varint(content.length),
  ...Array.from(content),
];

const textField = (field: number, text: string): number[] =>
  bytesField(field, new TextEncoder().encode(text));

const varintField = (field: number, value: number): number[] => [
  ...key(field, wire.varint),
  ...varint(value),
];

function doubleField(field: number, value: number): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return [...key(field, wire.fixed64), ...bytes];
}

function floatField(field: number, value: number): number[] {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [...key(field, wire.fixed32), ...bytes];
}

const summary = (scalars: ReadonlyMap<string, number>): number[] =>
  [...scalars].flatMap(([tag, value]) =>
    bytesField(1, [...textField(1, tag), ...floatField(2, value)]),
  );

export function encodeEvent({
  wallTime,
  step = 0,
  fileVersion,
  scalars,
  start,
}: Event): Uint8Array {
  const fields = doubleField(1, wallTime);
  if (step > 0) fields.push(...varintField(2, step));
  if (fileVersion !== undefined) fields.push(...textField(3, fileVersion));
  if (scalars !== undefined) fields.push(...bytesField(5, summary(scalars)));
  if (start) fields.push(...bytesField(7, varintField(1, sessionStart)));
  return Uint8Array.from(fields);
}
