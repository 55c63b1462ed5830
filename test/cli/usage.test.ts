import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltCli, buildCli, root } from './cli.js';

let cli: BuiltCli;
beforeAll(() => {
  cli = buildCli();
}, 60_000);
afterAll(() => cli.remove());

describe('help and version', () => {
  it('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    for (const flag of ['--version', '-V']) {
      expect(await cli.run([flag])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    }
  });

  it.each([
    [['--help'], ['inspect', 'merge', 'verify', 'Exit codes:', '$ reparam merge model.onnx']],
    [
      ['inspect', '--help'],
      ['<MODEL>', '--json', 'Examples:'],
    ],
    [
      ['merge', '--help'],
      [
        '--certificate',
        '--dry-run',
        '--objective',
        '--only',
        '--skip',
        '--strict',
        '--external-data',
      ],
    ],
    [
      ['verify', '--help'],
      ['--seed', '--runs', '--shape', '--atol', '--rtol', 'Examples:'],
    ],
    [['help', 'verify'], ['Usage: reparam verify']],
  ])('%s explains the usage on stdout', async (args, words) => {
    const { status, stdout, stderr } = await cli.run(args);
    expect(status).toBe(0);
    expect(stderr).toBe('');
    for (const word of words) expect(stdout).toContain(word);
  });
});

describe('wrong usage', () => {
  it('shows the help on stderr when no command is given', async () => {
    const { status, stdout, stderr } = await cli.run([]);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: reparam');
  });

  it.each([
    [['verfy'], "unknown command 'verfy'"],
    [['verify', 'a.onnx'], "missing required argument 'B'"],
    [['verify', 'a', 'b', '--speed'], "unknown option '--speed'"],
    [['verify', 'a', 'b', '--runs', '0'], 'It must be 1 or more.'],
    [['verify', 'a', 'b', '--runs', 'many'], 'It must be a whole number'],
    [['verify', 'a', 'b', '--seed', '-1'], 'It must be a whole number'],
    [['verify', 'a', 'b', '--atol', 'tight'], 'It must be a number, 0 or more.'],
    [['verify', 'a', 'b', '--atol='], 'It must be a number, 0 or more.'],
    [['verify', 'a', 'b', '--shape', '1x3'], 'It must be written as name:1x3x224x224.'],
    [['merge'], "missing required argument 'MODEL'"],
    [['merge', 'a.onnx'], 'say where to write with -o OUT'],
    [['merge', 'a.onnx', '-o', 'b.onnx', '--objective', 'speed'], 'Allowed choices are macs'],
    [['inspect'], "missing required argument 'MODEL'"],
  ])('%j is answered in one sentence and exits with 2', async (args, message) => {
    const { status, stdout, stderr } = await cli.run(args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('error: ');
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe('the terminal', () => {
  it('colours errors on demand only', async () => {
    const args = ['merge', 'a.onnx'];
    expect((await cli.run(args)).stderr).not.toContain('\u001b');
    expect((await cli.run(args, { env: { NO_COLOR: '', FORCE_COLOR: '1' } })).stderr).toContain(
      '\u001b[31merror:',
    );
  });

  it('does not complain when the reader goes away', () => {
    const command = `"${process.execPath}" "${cli.main}" --help | head -c 1; exit \${PIPESTATUS[0]}`;
    const { status, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
