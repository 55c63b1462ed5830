export type { AgreementReport, OutputAgreement } from './agreement-report.js';
export {
  type Certificate,
  type CertificateOptions,
  createCertificate,
  parseCertificate,
} from './certificate/certificate.js';
export {
  type CertificateCheck,
  type CertificateCheckOptions,
  type CertificateReport,
  checkCertificate,
} from './certificate/certificate-check.js';
export type { FileIdentity } from './certificate/file-identity.js';
export { type RoundingBound, reductionLength, totalReductionLength } from './compare/bound.js';
export {
  type Comparison,
  compareTensors,
  type Tolerance,
  type WorstElement,
} from './compare/compare.js';
export {
  generateInputs,
  type InputKind,
  type InputOptions,
  type InputSpec,
  inputKinds,
} from './inputs/inputs.js';
export type { ShapeOverrides } from './inputs/shapes.js';
export * from './inside/report.js';
export { compareModels, verifyModels } from './models.js';
export type { CompareOptions, GivenInputs, LookInside, VerifyOptions } from './options.js';
export * from './report.js';
export type { OutputPair } from './select-outputs.js';
export { describeSubject, type Subject, toSubject } from './subject.js';
