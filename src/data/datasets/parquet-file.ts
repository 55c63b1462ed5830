import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Compressors, FileMetaData, SchemaElement } from 'hyparquet';
import { inputError, ReparamError } from '../../errors.js';
import { quoted, shown } from '../text.js';

/** Which columns hold what. */
export interface Columns {
  readonly image?: string | undefined;
  readonly label?: string | undefined;
}

/** Rows of one file of a parquet data set. */
export interface Shard {
  readonly images: readonly Uint8Array[];
  readonly labels: readonly number[];
  /** Names of the classes, where the file tells. */
  readonly classes: readonly string[] | null;
}

/** hyparquet itself reads Snappy, which is the usual one. */
const compressors: Compressors = {
  GZIP: (bytes, length) => gunzipSync(bytes, { maxOutputLength: length }),
  BROTLI: (bytes, length) => brotliDecompressSync(bytes, { maxOutputLength: length }),
};

const usualLabels = ['label', 'labels', 'fine_label', 'target', 'class'];

/** A column of the top level, with the names of its parts. */
interface Column {
  readonly name: string;
  readonly parts: readonly string[];
}

/** The schema is a tree, written depth first. */
function topColumns(schema: readonly SchemaElement[]): Column[] {
  const columns: Column[] = [];
  let at = 1;
  const skip = (): void => {
    const children = schema[at++]?.num_children ?? 0;
    for (let i = 0; i < children && at < schema.length; i++) skip();
  };
  while (at < schema.length) {
    const { name, num_children: children = 0 } = schema[at] as SchemaElement;
    const parts = schema.slice(at + 1, at + 1 + children).map((element) => element.name);
    columns.push({ name, parts });
    skip();
  }
  return columns;
}

function choose(
  { schema }: FileMetaData,
  wanted: Columns,
  at: string,
): { image: string; label: string } {
  const columns = topColumns(schema);
  const isImage = ({ parts }: Column) => parts.includes('bytes');
  const image = columns.find((column) =>
    wanted.image === undefined ? isImage(column) : column.name === wanted.image && isImage(column),
  );
  const labels = wanted.label === undefined ? usualLabels : [wanted.label];
  const label = labels.find((name) => columns.some((column) => column.name === name));
  const names = quoted(columns.map(({ name }) => name));
  if (image === undefined) {
    const which = wanted.image === undefined ? 'no column' : `no column '${shown(wanted.image)}'`;
    throw inputError(`${at} has ${which} of images (bytes, path) among ${names}`, { at });
  }
  if (label === undefined) {
    throw inputError(`${at} has none of the columns ${quoted(labels)} for labels, but ${names}`, {
      at,
      hint: 'name the column of the labels',
    });
  }
  return { image: image.name, label };
}

/** Names of the classes as Hugging Face's `datasets` notes them, in JSON among the metadata. */
function classNames({ key_value_metadata: pairs }: FileMetaData, label: string): string[] | null {
  const text = pairs?.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return null;
  try {
    const { info } = JSON.parse(text) as {
      info?: { features?: Record<string, { names?: unknown }> };
    };
    const names = info?.features?.[label]?.names;
    return Array.isArray(names) ? names.map(String) : null;
  } catch {
    return null;
  }
}

function imageBytes(value: unknown, row: number): Uint8Array {
  const bytes = (value as { bytes?: unknown } | null)?.bytes;
  if (bytes instanceof Uint8Array) return bytes;
  throw new Error(`row ${row} has no bytes of an image`);
}

function labelOf(value: unknown, row: number): number {
  const label = Number(value);
  if (value !== null && Number.isSafeInteger(label) && label >= 0) return label;
  throw new Error(`row ${row} has the label ${shown(String(value))}`);
}

/**
 * Reads one file of images {bytes, path} and labels.
 * @throws ReparamError for a file that is damaged, compressed in a way that is not read, or without such columns.
 */
export async function readShard(path: string, wanted: Columns): Promise<Shard> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import(
    'hyparquet'
  );
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    const { image, label } = choose(metadata, wanted, path);
    const columns = [image, label];
    const rows = await parquetReadObjects({ file, metadata, columns, utf8: false, compressors });
    return {
      images: rows.map((row, i) => imageBytes(row[image], i)),
      labels: rows.map((row, i) => labelOf(row[label], i)),
      classes: classNames(metadata, label),
    };
  } catch (cause) {
    if (cause instanceof ReparamError) throw cause;
    const reason = shown((cause as Error).message);
    throw inputError(`${path} cannot be read as parquet: ${reason}`, {
      at: path,
      cause,
      hint: 'files without compression or compressed by Snappy, gzip or Brotli are read',
    });
  }
}
