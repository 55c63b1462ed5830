import type { CertificateReport } from '../verify/certificate/certificate-check.js';
import type { VerifyReport } from '../verify/report.js';

/** What made a report, so that it can be made again. */
export interface Made {
  readonly tool: string;
  readonly node: string;
  readonly onnxruntime: string;
  /** Such as `linux x64`. */
  readonly platform: string;
  /** The command line behind the program's name, such as `['verify', 'a.onnx', 'b.onnx']`. */
  readonly command: readonly string[];
}

/** Everything that is known of two models. */
export interface VerifyFindings {
  /** Paths of the models, as they were given. */
  readonly a: string;
  readonly b: string;
  readonly report: VerifyReport;
  /** Null where no certificate was checked. */
  readonly certificate: CertificateReport | null;
  readonly made: Made;
}
