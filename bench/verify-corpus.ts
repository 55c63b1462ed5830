/**
 * `npm run corpus:verify -- DIR [--one-per-case] [--cases NAME,…] [options of reparam verify]`: verifies every branched model
 * of a folder of cases (or one export of each, or some cases) against the authors' own conversion, from the command line
 * as a user would, and says how tight the derived bounds are.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ComparedReport, median, worstRuns } from '../src/index.js';

const cli = fileURLToPath(new URL('../cli/main.js', import.meta.url));

interface Pair {
  readonly name: string;
  readonly a: string;
  readonly b: string;
}

/** The worst output of a pair on one device. */
interface Line {
  readonly name: string;
  readonly device: string;
  readonly error: number;
  readonly bound: number;
  readonly onDevice: string;
  readonly equal: boolean;
}

function pairsIn(root: string, most: number, only: readonly string[] | null): Pair[] {
  const cases = readdirSync(root).filter(
    (name) => existsSync(join(root, name, 'deploy.onnx')) && (only?.includes(name) ?? true),
  );
  return cases.sort().flatMap((name) =>
    readdirSync(join(root, name))
      .filter((file) => /^branched.*\.onnx$/.test(file))
      .sort()
      .slice(0, most)
      .map((file) => ({
        name: `${name}/${file.replace('.onnx', '')}`,
        a: join(root, name, file),
        b: join(root, name, 'deploy.onnx'),
      })),
  );
}

function verify({ a, b }: Pair, options: readonly string[]): ComparedReport | string {
  const args = [cli, 'verify', a, b, '--json', ...options];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (!run.stdout.startsWith('{')) return run.stderr.trim() || `signal ${run.signal}`;
  const report = JSON.parse(run.stdout) as ComparedReport | { status: string; reason: string };
  return 'reason' in report ? report.reason : report;
}

function toLines(name: string, report: ComparedReport): Line[] {
  return report.deployments.map(({ device, placement }) => {
    const worst = worstRuns(report).filter(({ run }) => run.device === device);
    const [first] = worst.toSorted(
      (x, y) => (y.output.error?.toleranceUsed ?? 0) - (x.output.error?.toleranceUsed ?? 0),
    );
    const nodes = Object.values(placement?.nodes ?? {}).reduce((sum, count) => sum + count, 0);
    const fallbacks = Object.values(placement?.fallbacks ?? {}).reduce((sum, n) => sum + n, 0);
    return {
      name,
      device,
      error: first?.output.error?.maxAbsolute ?? Number.NaN,
      bound: first?.output.tolerance?.absolute ?? Number.NaN,
      onDevice: placement === null ? '' : `${nodes - fallbacks} of ${nodes}`,
      equal: report.status === 'equal',
    };
  });
}

const [root, ...given] = process.argv.slice(2);
const options = [...given];
/** Takes an option of this program, and as many values, from those that are passed on. */
function take(name: string, values: number): string[] | null {
  const at = options.indexOf(name);
  return at < 0 ? null : options.splice(at, 1 + values);
}
const perCase = take('--one-per-case', 0) ? 1 : Number.POSITIVE_INFINITY;
const only = take('--cases', 1)?.[1]?.split(',') ?? null;
if (root === undefined) {
  console.error(
    'usage: npm run corpus:verify -- DIR [--one-per-case] [--cases NAMES] [verify options]',
  );
  process.exitCode = 2;
} else {
  const lines: Line[] = [];
  let failed = 0;
  const pairs = pairsIn(root, perCase, only);
  console.log('| pair | device | nodes on it | largest error | bound | bound ÷ error |');
  console.log('|---|---|---:|---:|---:|---:|');
  for (const pair of pairs) {
    const report = verify(pair, options);
    if (typeof report === 'string') {
      failed++;
      console.log(`| ${pair.name} | | | | | ${report} |`);
      continue;
    }
    if (report.status !== 'equal') failed++;
    for (const line of toLines(pair.name, report)) {
      lines.push(line);
      const { name, device, onDevice, error, bound, equal } = line;
      const tightness = equal ? (bound / error).toFixed(0) : 'different';
      const figures = `${error.toExponential(1)} | ${bound.toExponential(1)} | ${tightness}`;
      console.log(`| ${name} | ${device} | ${onDevice} | ${figures} |`);
    }
  }
  console.log('');
  for (const device of new Set(lines.map((line) => line.device))) {
    const ratios = lines
      .filter((line) => line.device === device && line.error > 0)
      .map(({ bound, error }) => bound / error);
    console.log(`${device}: median of bound ÷ error ${median(ratios).toFixed(0)}`);
  }
  console.log(`${pairs.length - failed} of ${pairs.length} pairs equal`);
  if (failed > 0 || pairs.length === 0) process.exitCode = 1;
}
