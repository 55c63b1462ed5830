import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BuiltCli {
  /** Runs `reparam` with these arguments, without colours and in the given folder. */
  run(args: readonly string[], options?: { cwd?: string; env?: NodeJS.ProcessEnv }): Promise<Run>;
  readonly main: string;
  remove(): void;
}

/** Compiles the command line into a folder of its own, so that no test runs a stale build. */
export function buildCli(): BuiltCli {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', '.test-'));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = ['-p', 'tsconfig.build.json', '--outDir', folder, '--noCheck'];
  const build = spawnSync(process.execPath, [tsc, ...args], { cwd: root, encoding: 'utf8' });
  if (build.error) throw build.error;
  const main = join(folder, 'cli', 'main.js');
  return {
    main,
    remove: () => rmSync(folder, { recursive: true, force: true }),
    run: (args, { cwd = root, env = {} } = {}) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [main, ...args], {
          cwd,
          env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '', ...env },
        });
        let stdout = '';
        let stderr = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          stdout += text;
        });
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          stderr += text;
        });
        child.on('error', reject);
        child.on('close', (status) => resolve({ status, stdout, stderr }));
      }),
  };
}
