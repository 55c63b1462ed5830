import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Data = typeof import('../../../src/data/index.js');

export interface BuiltData {
  readonly data: Data;
  /** For programs that import it. */
  readonly url: string;
  remove(): void;
}

/** Compiles `src/data` into a folder of its own: threads run JavaScript, which is not there beside the sources. */
export async function buildData(): Promise<BuiltData> {
  const root = join(import.meta.dirname, '../../..');
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', '.test-'));
  const config = join(folder, 'tsconfig.json');
  const entries = ['src/data/index.ts', 'src/data/batches/worker.ts'];
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { outDir: folder, rootDir: root, declaration: false },
    include: [],
    files: entries.map((path) => join(root, path)),
  };
  writeFileSync(config, JSON.stringify(settings));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const build = spawnSync(process.execPath, [tsc, '-p', config, '--noCheck'], { encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`tsc failed: ${build.stdout}${build.stderr}`);
  const url = pathToFileURL(join(folder, 'src/data/index.js')).href;
  return {
    data: (await import(/* @vite-ignore */ url)) as Data,
    url,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
