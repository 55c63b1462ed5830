import type { Device } from '../runtime/index.js';

/** Mean share of the k best classes that both models have. */
export interface TopKAgreement {
  readonly k: number;
  readonly share: number;
}

/** One output over all samples. */
export interface OutputAgreement {
  readonly name: string;
  /** Mean and smallest cosine between the outputs of both models. */
  readonly cosine: number;
  readonly worstCosine: number;
  /** Signal-to-noise ratio over all samples in dB; null where there is no error at all. */
  readonly sqnr: number | null;
  /** Share of the samples with the same best class; null for outputs that are no scores. */
  readonly top1: number | null;
  readonly topK: TopKAgreement | null;
  /** Name of the sample with the smallest cosine. */
  readonly worst: string;
}

/** What a rounding bound does not say: whether two models give the same answers on real samples. */
export interface AgreementReport {
  readonly samples: number;
  readonly outputs: readonly OutputAgreement[];
  /** Where the second model ran. */
  readonly device: Device;
}
