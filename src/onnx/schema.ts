import type { Int64 } from './numbers.js';

/**
 * The messages of an ONNX file (IR version 14) as `field: [number, type]`; `*` marks a repeated field.
 *
 * Types are chosen so that what nobody changes comes back bit for bit:
 * - `float` is read as its 32 bits, because a JavaScript number may lose the payload of a NaN;
 * - `packed` are the numbers of a packed field as they lie in the file, one byte string a chunk;
 * - `string` is text that the graph depends on and must be valid UTF-8, other text is `bytes`.
 */
export const schema = {
  ModelProto: {
    ir_version: [1, 'int64'],
    producer_name: [2, 'string'],
    producer_version: [3, 'string'],
    domain: [4, 'bytes'],
    model_version: [5, 'int64'],
    doc_string: [6, 'bytes'],
    graph: [7, 'GraphProto'],
    opset_import: [8, 'OperatorSetIdProto*'],
    metadata_props: [14, 'StringStringEntryProto*'],
    training_info: [20, 'TrainingInfoProto*'],
    functions: [25, 'FunctionProto*'],
    configuration: [26, 'DeviceConfigurationProto*'],
  },
  OperatorSetIdProto: { domain: [1, 'string'], version: [2, 'int64'] },
  StringStringEntryProto: { key: [1, 'bytes'], value: [2, 'bytes'] },
  TrainingInfoProto: {
    initialization: [1, 'GraphProto'],
    algorithm: [2, 'GraphProto'],
    initialization_binding: [3, 'StringStringEntryProto*'],
    update_binding: [4, 'StringStringEntryProto*'],
  },
  FunctionProto: {
    name: [1, 'string'],
    input: [4, 'string*'],
    output: [5, 'string*'],
    attribute: [6, 'string*'],
    node: [7, 'NodeProto*'],
    doc_string: [8, 'bytes'],
    opset_import: [9, 'OperatorSetIdProto*'],
    domain: [10, 'string'],
    attribute_proto: [11, 'AttributeProto*'],
    value_info: [12, 'ValueInfoProto*'],
    overload: [13, 'string'],
    metadata_props: [14, 'StringStringEntryProto*'],
  },
  DeviceConfigurationProto: {
    name: [1, 'bytes'],
    num_devices: [2, 'int32'],
    device: [3, 'bytes*'],
  },
  GraphProto: {
    node: [1, 'NodeProto*'],
    name: [2, 'string'],
    initializer: [5, 'TensorProto*'],
    doc_string: [10, 'bytes'],
    input: [11, 'ValueInfoProto*'],
    output: [12, 'ValueInfoProto*'],
    value_info: [13, 'ValueInfoProto*'],
    quantization_annotation: [14, 'TensorAnnotationProto*'],
    sparse_initializer: [15, 'SparseTensorProto*'],
    metadata_props: [16, 'StringStringEntryProto*'],
  },
  TensorAnnotationProto: {
    tensor_name: [1, 'string'],
    quant_parameter_tensor_names: [2, 'StringStringEntryProto*'],
  },
  NodeProto: {
    input: [1, 'string*'],
    output: [2, 'string*'],
    name: [3, 'string'],
    op_type: [4, 'string'],
    attribute: [5, 'AttributeProto*'],
    doc_string: [6, 'bytes'],
    domain: [7, 'string'],
    overload: [8, 'string'],
    metadata_props: [9, 'StringStringEntryProto*'],
    device_configurations: [10, 'NodeDeviceConfigurationProto*'],
  },
  NodeDeviceConfigurationProto: {
    configuration_id: [1, 'bytes'],
    sharding_spec: [2, 'ShardingSpecProto*'],
    pipeline_stage: [3, 'int32'],
  },
  ShardingSpecProto: {
    tensor_name: [1, 'bytes'],
    device: [2, 'int64*'],
    index_to_device_group_map: [3, 'IntIntListEntryProto*'],
    sharded_dim: [4, 'ShardedDimProto*'],
  },
  IntIntListEntryProto: { key: [1, 'int64'], value: [2, 'int64*'] },
  ShardedDimProto: { axis: [1, 'int64'], simple_sharding: [2, 'SimpleShardedDimProto*'] },
  SimpleShardedDimProto: {
    dim_value: [1, 'int64'],
    dim_param: [2, 'bytes'],
    num_shards: [3, 'int64'],
  },
  AttributeProto: {
    name: [1, 'string'],
    f: [2, 'float'],
    i: [3, 'int64'],
    s: [4, 'bytes'],
    t: [5, 'TensorProto'],
    g: [6, 'GraphProto'],
    floats: [7, 'float*'],
    ints: [8, 'int64*'],
    strings: [9, 'bytes*'],
    tensors: [10, 'TensorProto*'],
    graphs: [11, 'GraphProto*'],
    doc_string: [13, 'bytes'],
    tp: [14, 'TypeProto'],
    type_protos: [15, 'TypeProto*'],
    type: [20, 'int32'],
    ref_attr_name: [21, 'string'],
    sparse_tensor: [22, 'SparseTensorProto'],
    sparse_tensors: [23, 'SparseTensorProto*'],
  },
  ValueInfoProto: {
    name: [1, 'string'],
    type: [2, 'TypeProto'],
    doc_string: [3, 'bytes'],
    metadata_props: [4, 'StringStringEntryProto*'],
  },
  TensorProto: {
    dims: [1, 'int64*'],
    data_type: [2, 'int32'],
    segment: [3, 'TensorSegmentProto'],
    float_data: [4, 'packed'],
    int32_data: [5, 'packed'],
    string_data: [6, 'bytes*'],
    int64_data: [7, 'packed'],
    name: [8, 'string'],
    raw_data: [9, 'bytes'],
    double_data: [10, 'packed'],
    uint64_data: [11, 'packed'],
    doc_string: [12, 'bytes'],
    external_data: [13, 'StringStringEntryProto*'],
    data_location: [14, 'int32'],
    metadata_props: [16, 'StringStringEntryProto*'],
  },
  TensorSegmentProto: { begin: [1, 'int64'], end: [2, 'int64'] },
  SparseTensorProto: {
    values: [1, 'TensorProto'],
    indices: [2, 'TensorProto'],
    dims: [3, 'int64*'],
  },
  TypeProto: {
    tensor_type: [1, 'TensorTypeProto'],
    sequence_type: [4, 'ElementTypeProto'],
    map_type: [5, 'MapTypeProto'],
    denotation: [6, 'bytes'],
    opaque_type: [7, 'OpaqueTypeProto'],
    sparse_tensor_type: [8, 'TensorTypeProto'],
    optional_type: [9, 'ElementTypeProto'],
  },
  TensorTypeProto: { elem_type: [1, 'int32'], shape: [2, 'TensorShapeProto'] },
  ElementTypeProto: { elem_type: [1, 'TypeProto'] },
  MapTypeProto: { key_type: [1, 'int32'], value_type: [2, 'TypeProto'] },
  OpaqueTypeProto: { domain: [1, 'bytes'], name: [2, 'bytes'] },
  TensorShapeProto: { dim: [1, 'DimensionProto*'] },
  DimensionProto: { dim_value: [1, 'int64'], dim_param: [2, 'string'], denotation: [3, 'bytes'] },
} as const satisfies Record<string, Record<string, readonly [id: number, type: string]>>;

type Schema = typeof schema;
export type MessageName = keyof Schema;

interface Scalars {
  string: string;
  bytes: Uint8Array;
  int32: number;
  int64: Int64;
  float: number;
}

type Element<T> = T extends keyof Scalars ? Scalars[T] : T extends MessageName ? Message<T> : never;

type FieldValue<T> = T extends 'packed'
  ? readonly Uint8Array[]
  : T extends `${infer E}*`
    ? readonly Element<E>[]
    : Element<T>;

/** A message as it was read: fields that the file leaves out are undefined. */
export type Message<T extends MessageName> = {
  readonly [F in keyof Schema[T]]?:
    | FieldValue<Schema[T][F] extends readonly [number, infer S] ? S : never>
    | undefined;
} & {
  /** Fields that the schema does not know, each with its tag. */
  readonly $unknowns?: readonly Uint8Array[] | undefined;
};

export type ModelProto = Message<'ModelProto'>;
export type FunctionProto = Message<'FunctionProto'>;
export type GraphProto = Message<'GraphProto'>;
export type NodeProto = Message<'NodeProto'>;
export type AttributeProto = Message<'AttributeProto'>;
export type ValueInfoProto = Message<'ValueInfoProto'>;
export type TypeProto = Message<'TypeProto'>;
export type DimensionProto = Message<'DimensionProto'>;
export type TensorProto = Message<'TensorProto'>;
export type StringStringEntryProto = Message<'StringStringEntryProto'>;
