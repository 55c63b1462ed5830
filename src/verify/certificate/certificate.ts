import { inputError } from '../../errors.js';
import type { CertifiedOperator, CertifiedRegion } from '../../merge/certificate.js';
import type { Cost } from '../../merge/cost.js';
import type { Rounding } from '../../merge/emit.js';
import type { ProbeResult } from '../../merge/probe.js';
import { type FileIdentity, identifyFiles } from './file-identity.js';
import { amount, flag, listOf, oneOf, type Reader, record, text } from './json-reader.js';

const format = 1;

/** What proves that a merged model is the same function as its original: plain data, written as JSON. */
export interface Certificate {
  /** Version of this layout. */
  readonly format: typeof format;
  readonly tool: string;
  readonly version: string;
  /** The model file, then the files of its external data. */
  readonly original: readonly FileIdentity[];
  readonly merged: readonly FileIdentity[];
  readonly regions: readonly CertifiedRegion[];
}

export interface CertificateOptions {
  /** Of this program. */
  readonly version: string;
  /** Paths of the model file and of the files of its external data. */
  readonly original: readonly string[];
  readonly merged: readonly string[];
  readonly regions: readonly CertifiedRegion[];
}

/** @throws ReparamError for a file that cannot be read. */
export async function createCertificate(options: CertificateOptions): Promise<Certificate> {
  return {
    format,
    tool: 'onnx-reparam',
    version: options.version,
    original: await identifyFiles(options.original),
    merged: await identifyFiles(options.merged),
    regions: options.regions,
  };
}

const sha256: Reader<string> = (value, at) => {
  const digest = text(value, at);
  if (!/^[0-9a-f]{64}$/.test(digest)) throw inputError(`${at} is not a SHA-256 digest`, { at });
  return digest;
};

const identity = record<FileIdentity>({ name: text, sha256 });
const cost = record<Cost>({ operations: amount, bytes: amount, nodes: amount });
const lengths = listOf(amount);

const rounding = record<Rounding>({
  maxWeight: amount,
  weightError: amount,
  biasError: amount,
  gain: amount,
});

const operator = record<CertifiedOperator>({
  opType: text,
  source: text,
  formula: text,
  weight: lengths,
  group: amount,
  strides: lengths,
  pads: lengths,
  dilations: lengths,
  bias: flag,
  rounding,
});

const probe = record<ProbeResult>({
  images: amount,
  spatial: listOf(lengths),
  impulses: oneOf('every channel', 'mixtures'),
  magnitude: amount,
  maxError: amount,
  tolerance: amount,
  worst: amount,
  passed: flag,
});

const bound = record<CertifiedRegion['bound']>({
  perInput: amount,
  constant: amount,
  reductionLength: amount,
  gamma: amount,
});

const region = record<CertifiedRegion>({
  id: text,
  graph: amount,
  sources: listOf(text),
  output: text,
  nodes: listOf(text),
  operators: listOf(operator),
  before: cost,
  after: cost,
  bound,
  probe,
});

const currentFormat: Reader<typeof format> = (value, at) => {
  if (value === format) return format;
  if (amount(value, at) < format) throw inputError(`${at} is not a version of certificates`);
  throw inputError(
    `the certificate is of format ${value}, but this program knows format ${format}`,
    {
      hint: 'update onnx-reparam',
    },
  );
};

const certificate = record<Certificate>({
  format: currentFormat,
  tool: text,
  version: text,
  original: listOf(identity),
  merged: listOf(identity),
  regions: listOf(region),
});

/**
 * Reads a certificate from the text of its file.
 * @throws ReparamError for what is not JSON, of another shape, or of a format that this program does not know.
 */
export function parseCertificate(content: string): Certificate {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch (cause) {
    throw inputError('the certificate is not JSON', {
      cause,
      hint: 'the file is truncated, or not what reparam merge --certificate wrote',
    });
  }
  return certificate(parsed, 'the certificate');
}
