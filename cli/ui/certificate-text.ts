import type { CertificateCheck, CertificateReport } from '../../src/verify/index.js';
import { colorsFor } from './colors.js';
import { plural } from './format.js';
import { table } from './table.js';

const isRegion = ({ name }: CertificateCheck): boolean => name.startsWith('region ');

/** Regions that passed share a line: a network has dozens. */
function summarize(checks: readonly CertificateCheck[]): readonly CertificateCheck[] {
  const good = checks.filter((check) => isRegion(check) && check.passed);
  if (good.length < 2) return checks;
  const others = checks.filter((check) => !good.includes(check));
  const detail = 'the outputs differ by less than is certified, and by no more than rounding';
  return [...others, { name: plural(good.length, 'region'), passed: true, detail }];
}

/** The report on a certificate for people. */
export function certificateText({ status, checks }: CertificateReport): string {
  const { bold, green, red } = colorsFor(process.stdout);
  const rows = summarize(checks).map(({ name, passed, detail }) => [
    name,
    passed ? green('ok') : red('failed'),
    detail,
  ]);
  const failed = checks.filter(({ passed }) => !passed).length;
  const verdict =
    status === 'valid'
      ? green('valid: the certificate proves that both models are the same function')
      : red(`invalid: ${failed} of ${plural(checks.length, 'check')} failed`);
  return [bold('certificate'), table(['check', '', 'finding'], rows), '', verdict].join('\n');
}
