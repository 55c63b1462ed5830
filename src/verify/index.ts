export { type RoundingBound, reductionLength, totalReductionLength } from './bound.js';
export {
  type Certificate,
  type CertificateOptions,
  createCertificate,
  parseCertificate,
} from './certificate.js';
export {
  type CertificateCheck,
  type CertificateCheckOptions,
  type CertificateReport,
  checkCertificate,
} from './certificate-check.js';
export { type Comparison, compareTensors, type Tolerance, type WorstElement } from './compare.js';
export type { FileIdentity } from './file-identity.js';
export {
  generateInputs,
  type InputKind,
  type InputOptions,
  type InputSpec,
  inputKinds,
} from './inputs.js';
export { type CompareOptions, compareModels } from './models.js';
export * from './report.js';
export type { ShapeOverrides } from './shapes.js';
export { describeSubject, type Subject } from './subject.js';
