export type { Made, VerifyFindings } from './findings.js';
export { verifyHtml } from './verify-html.js';
