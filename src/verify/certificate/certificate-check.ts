import { accept, ReparamError, refuse, type Verdict } from '../../errors.js';
import { allGraphs, type Model } from '../../ir/index.js';
import type { CertifiedRegion } from '../../merge/certificate.js';
import { filesReadBy, loadModel } from '../../onnx/index.js';
import type { Certificate } from './certificate.js';
import { Correspondence, type RegionPair } from './correspondence.js';
import { type FileIdentity, identifyFiles, seedFrom } from './file-identity.js';
import { isSizeAgnostic, type TypedModel, withTypes } from './region-images.js';
import { checkAffine, checkOperators } from './region-operators.js';
import { findPart } from './region-part.js';
import { judgeProbe, probeRegion } from './region-probe.js';

export interface CertificateCheck {
  readonly name: string;
  readonly passed: boolean;
  /** What was found, as a sentence. */
  readonly detail: string;
}

/** The outcome of checking a certificate, as plain data. */
export interface CertificateReport {
  readonly status: 'valid' | 'invalid';
  readonly checks: readonly CertificateCheck[];
}

export interface CertificateCheckOptions {
  /** Called after each region. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Proves from two files alone that the merged model is the same function as the original; the certificate says where
 * to look. Nodes outside the regions must be equal. The regions are run in both files on images whose noise depends on
 * every byte of the files, so that no weights can be made for them. The merge algebra takes no part.
 * @param original path of the original model, `merged` of the merged one
 * @throws ReparamError for a file that cannot be read or is no model.
 */
export async function checkCertificate(
  original: string,
  merged: string,
  certificate: Certificate,
  { onProgress }: CertificateCheckOptions = {},
): Promise<CertificateReport> {
  const [a, b] = [await loadModel(original), await loadModel(merged)];
  const originalFiles = await identifyFiles([original, ...filesReadBy(a)]);
  const mergedFiles = await identifyFiles([merged, ...filesReadBy(b)]);
  const correspondence = new Correspondence(a, b);
  const { regions } = certificate;
  const pairs = regions.map((region) => findPair(a, correspondence, region));
  const checks = [
    toCheck('original', checkFiles(originalFiles, certificate.original)),
    toCheck('merged', checkFiles(mergedFiles, certificate.merged)),
    toCheck('outside the regions', checkOutside(correspondence, pairs)),
  ];
  const [typedA, typedB] = [withTypes(a), withTypes(b)];
  const seed = seedFrom([...originalFiles, ...mergedFiles]);
  for (const [i, region] of regions.entries()) {
    const pair = pairs[i] as Verdict<RegionPair>;
    const verdict = pair.ok ? await checkRegion(typedA, typedB, pair.value, region, seed) : pair;
    checks.push(toCheck(`region ${region.id}`, verdict));
    onProgress?.(i + 1, regions.length);
  }
  return { status: checks.every(({ passed }) => passed) ? 'valid' : 'invalid', checks };
}

const toCheck = (name: string, verdict: Verdict<string>): CertificateCheck => ({
  name,
  passed: verdict.ok,
  detail: verdict.ok ? verdict.value : verdict.refusal.reason,
});

const count = (number: number, noun: string): string =>
  number === 1 ? `1 ${noun} is` : `${number} ${noun}s are`;

/** Files may be renamed, but not changed. */
function checkFiles(
  found: readonly FileIdentity[],
  certified: readonly FileIdentity[],
): Verdict<string> {
  if (found.length !== certified.length) {
    return refuse(`the model is in ${found.length} files, ${certified.length} are certified`);
  }
  const other = found.find(({ sha256 }, i) => sha256 !== certified[i]?.sha256);
  if (other) return refuse(`${other.name} is not the file that was certified: its SHA-256 differs`);
  const names = found.map(({ name }) => name).join(', ');
  return accept(`${names}: SHA-256 as certified`);
}

function findPair(
  original: Model,
  correspondence: Correspondence,
  region: CertifiedRegion,
): Verdict<RegionPair> {
  const graph = [...allGraphs(original.graph)][region.graph];
  const twin = graph && correspondence.graphs.get(graph);
  if (!graph || !twin) return refuse('its graph is not in both models');
  const a = findPart(graph, region);
  if (!a.ok) return refuse(`${a.refusal.reason} in the original`);
  const b = findPart(twin, region);
  if (!b.ok) return refuse(`${b.refusal.reason} in the merged model`);
  return accept({ original: a.value, merged: b.value });
}

function checkOutside(
  correspondence: Correspondence,
  pairs: readonly Verdict<RegionPair>[],
): Verdict<string> {
  const found = pairs.flatMap((pair) => (pair.ok ? [pair.value] : []));
  const [first, ...others] = correspondence.differences(found);
  if (first === undefined)
    return accept(`${count(correspondence.kept, 'node')} the same in both models`);
  return refuse(others.length === 0 ? first : `${first} (and ${others.length} more)`);
}

async function checkRegion(
  original: readonly TypedModel[],
  merged: readonly TypedModel[],
  pair: RegionPair,
  region: CertifiedRegion,
  seed: number,
): Promise<Verdict<string>> {
  const operators = checkOperators(pair.merged, region.operators);
  if (!operators.ok) return operators;
  // Where lengths matter, one choice of them does not speak for another.
  const choices = isSizeAgnostic(pair.original) ? original.slice(0, 1) : original;
  let verdict: Verdict<string> = refuse('its shapes are unknown');
  for (const [i, a] of choices.entries()) {
    const b = merged[i];
    if (!b) return refuse('the inputs of the models differ');
    verdict = await checkRun(a, b, pair, region, seed);
    if (!verdict.ok) return verdict;
  }
  return verdict;
}

async function checkRun(
  original: TypedModel,
  merged: TypedModel,
  pair: RegionPair,
  region: CertifiedRegion,
  seed: number,
): Promise<Verdict<string>> {
  const affine = checkAffine(pair.original, original.concrete);
  if (!affine.ok) return affine;
  const other = checkAffine(pair.merged, merged.concrete);
  if (!other.ok) return other;
  try {
    const probed = await probeRegion(original, merged, pair, region, seed);
    return probed.ok ? judgeProbe(probed.value) : probed;
  } catch (error) {
    if (!(error instanceof ReparamError) || error.code !== 'input') throw error;
    return refuse(`it cannot be run: ${error.message}`);
  }
}
