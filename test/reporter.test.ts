import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
let project = '';
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** Runs test files (name → body) in a project of their own and returns what the runner printed. */
function runTests(files: Record<string, string>): { lines: string[]; status: number | null } {
  project = mkdtempSync(join(tmpdir(), 'reporter-'));
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'), 'junction');
  for (const [name, body] of Object.entries(files)) {
    const header = "import { beforeAll, describe, expect, test } from 'vitest';\n";
    writeFileSync(join(project, `${name}.test.mjs`), header + body);
  }
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', `--reporter=${join(root, 'test/reporter.ts')}`, '--pool=forks'];
  const env = { PATH: process.env.PATH, NO_COLOR: '1' };
  const run = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8', env });
  return { lines: run.stdout.trimEnd().split('\n'), status: run.status };
}

const passing = "test('fine', () => expect(1).toBe(1));\n";

test('a clean run ends with the count and nothing after it', () => {
  const { lines, status } = runTests({ a: passing, b: passing + passing.replace('fine', 'two') });
  expect(lines.at(-1)).toBe('3 passed, 0 failed');
  expect(status).toBe(0);
});

test('failing tests, broken hooks and files that cannot be imported count as failed', () => {
  const { lines, status } = runTests({
    passing,
    failing: `${passing}test('wrong', () => expect(1).toBe(2));\n`,
    crashing: `throw new Error('on import');\n${passing}`,
    missing: "import './nowhere.mjs';\n",
    empty: '',
    hook: `describe('suite', () => { beforeAll(() => { throw new Error('hook'); }); ${passing} });\n`,
  });
  expect(lines.at(-1)).toMatch(/^2 passed, 5 failed(, 1 skipped)?$/);
  expect(status).toBe(1);
});

test('an unhandled error and a dead worker count as failed', () => {
  const { lines, status } = runTests({
    rejected: `${passing}test('late', () => { void Promise.reject(new Error('late')); });\n`,
    dead: "test('dead', () => process.kill(process.pid, 'SIGKILL'));\n",
  });
  const [passed, failed] = (lines.at(-1) ?? '').split(', ');
  expect(passed).toBe('2 passed');
  expect(Number.parseInt(failed ?? '', 10)).toBeGreaterThanOrEqual(2);
  expect(status).toBe(1);
});

test('skipped tests are listed with their reasons', () => {
  const { lines, status } = runTests({
    a: [
      passing,
      "test('needs data', ({ skip }) => skip('no data here'));",
      "test.skip('silent', () => {});",
      "test.todo('later');",
    ].join('\n'),
  });
  expect(lines.slice(-4)).toEqual([
    'skipped: a.test.mjs > needs data: no data here',
    'skipped: a.test.mjs > silent: no reason given',
    'skipped: a.test.mjs > later: to do',
    '1 passed, 0 failed, 3 skipped',
  ]);
  expect(status).toBe(0);
});
