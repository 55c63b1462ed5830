export type { Made, VerifyFindings } from './findings.js';
export { type ScalingHistory, scalingsHtml } from './scalings-html.js';
export { verifyHtml } from './verify-html.js';
