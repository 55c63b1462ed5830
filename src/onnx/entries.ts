import { int64ToNumber } from './numbers.js';
import type { ModelProto } from './schema.js';
import { fromUtf8 } from './text.js';

/** 'ai.onnx' is another spelling of ''. */
export const canonicalDomain = (domain = ''): string => (domain === 'ai.onnx' ? '' : domain);

type OpsetImport = NonNullable<ModelProto['opset_import']>[number];
type MetadataEntry = NonNullable<ModelProto['metadata_props']>[number];

/** How one entry of a repeated field reads as key and value. */
export const readOpset = ({ domain, version }: OpsetImport): readonly [string, number] => [
  canonicalDomain(domain),
  version ? int64ToNumber(version) : 0,
];

export const readMetadata = ({ key, value }: MetadataEntry): readonly [string, string] => [
  fromUtf8(key),
  fromUtf8(value),
];
