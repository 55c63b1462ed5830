import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltCli, buildCli } from './cli.js';

let cli: BuiltCli;
beforeAll(() => {
  cli = buildCli();
}, 60_000);
afterAll(() => cli.remove());

describe('reparam theorems', () => {
  it('tells what holds and what must fail', async () => {
    const { status, stdout, stderr } = await cli.run(['theorems', '--only', 'T1,T21,C1', '-q']);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^T1 +SGD: .* \d\.\de-\d+ +≤ 1e-5 +holds$/m);
    expect(stdout).toMatch(/^C1 +SGD with .* +about 0.08 +fails, as it must$/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      '2 exact lines hold, 1 control fails as it must',
    );
  });

  it('prints JSON', async () => {
    const { status, stdout } = await cli.run(['theorems', '--only', 'T5,C9', '--json']);
    expect(status).toBe(0);
    const { device, results } = JSON.parse(stdout) as {
      device: string;
      results: { id: string; error: number; asExpected: boolean }[];
    };
    expect(device).toBe('cpu');
    expect(results.map(({ id, asExpected }) => [id, asExpected])).toEqual([
      ['T5', true],
      ['C9', true],
    ]);
    expect(results[0]!.error).toBeLessThan(1e-5);
    expect(results[1]!.error).toBeGreaterThan(1e-2);
  });

  it('names the theorems that there are', async () => {
    const { status, stdout, stderr } = await cli.run(['theorems', '--only', 'T99']);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: there is no theorem 'T99'\nhint: there are T1, T2a, /);
  });

  it('explains the usage', async () => {
    const { stdout } = await cli.run(['theorems', '--help']);
    expect(stdout).toContain('Exit codes:');
    expect(stdout).toContain('$ reparam theorems --only T4,C3');
  });
});
