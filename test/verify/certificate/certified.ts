import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model, Node, Value } from '../../../src/ir/index.js';
import { applyMerge, planMerge } from '../../../src/merge/index.js';
import { decodeModel, loadModel, type SaveOptions, saveModel } from '../../../src/onnx/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import {
  type Certificate,
  type CertificateReport,
  checkCertificate,
  createCertificate,
  parseCertificate,
} from '../../../src/verify/index.js';

/** A merge on the disk, to be tampered with. */
export class CertifiedMerge {
  readonly folder = mkdtempSync(join(tmpdir(), 'reparam-certificate-'));
  readonly original = join(this.folder, 'original.onnx');
  readonly merged = join(this.folder, 'merged.onnx');
  #certificate: Certificate | null = null;

  /** @param model one that was never in a file, or the path of a file; `options` are for the merged one. */
  static async of(model: Model | string, options: SaveOptions = {}): Promise<CertifiedMerge> {
    const made = new CertifiedMerge();
    const { original, merged } = made;
    if (typeof model === 'string') writeFileSync(original, readFileSync(model));
    else await saveModel(model, original);
    const loaded = await loadModel(original);
    const { regions } = await applyMerge(await planMerge(loaded));
    const { externalBytes } = await saveModel(loaded, merged, options);
    made.#certificate = await createCertificate({
      version: '1.0.0',
      original: [original],
      merged: externalBytes > 0 ? [merged, `${merged}.data`] : [merged],
      regions,
    });
    return made;
  }

  get certificate(): Certificate {
    if (!this.#certificate) throw new Error('nothing was merged');
    return parseCertificate(JSON.stringify(this.#certificate));
  }

  check(certificate: Certificate = this.certificate): Promise<CertificateReport> {
    return checkCertificate(this.original, this.merged, certificate);
  }

  /** Rewrites the merged file. @returns the certificate with the SHA-256 of what is there now. */
  async forge(change: (model: Model) => void): Promise<Certificate> {
    const model = decodeModel(readFileSync(this.merged));
    change(model);
    await saveModel(model, this.merged);
    const { regions, version } = this.certificate;
    const files = { original: [this.original], merged: [this.merged] };
    return createCertificate({ version, ...files, regions });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Names of the checks that failed, with what was found. */
export const failures = ({ checks }: CertificateReport): Record<string, string> =>
  Object.fromEntries(
    checks.filter(({ passed }) => !passed).map(({ name, detail }) => [name, detail]),
  );

export function nodeOf(model: Model, name: string): Node {
  const node = model.graph.nodes.find((candidate) => candidate.results[0]?.name === name);
  if (!node) throw new Error(`no node computes ${name}`);
  return node;
}

/** Multiplies the largest element of a constant. */
export function scaleLargest(value: Value | null | undefined, factor: number): void {
  if (!value?.constant) throw new Error('no constant to change');
  const { dtype, dims } = value.constant;
  const numbers = value.constant.toNumbers();
  const magnitudes = numbers.map(Math.abs);
  const at = magnitudes.indexOf(Math.max(...magnitudes));
  numbers[at] = (numbers[at] as number) * factor;
  value.constant = Tensor.fromNumbers(dtype, dims, numbers);
}
