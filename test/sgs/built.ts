import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Model } from '../../src/ir/index.js';
import { encodeModel } from '../../src/onnx/index.js';

type Sgs = typeof import('../../src/sgs/index.js');
type Onnx = typeof import('../../src/onnx/index.js');

export interface BuiltSgs {
  readonly sgs: Sgs;
  /** A model of the classes that were built. */
  rebuild(model: Model): Model;
  remove(): void;
}

/** Compiles `src/sgs` into a folder of its own: threads run JavaScript, which is not there beside the sources. */
export async function buildSgs(): Promise<BuiltSgs> {
  const root = join(import.meta.dirname, '../..');
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', '.test-'));
  const config = join(folder, 'tsconfig.json');
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { outDir: folder, rootDir: root, declaration: false },
    include: [],
    files: ['src/sgs/index.ts', 'src/sgs/worker.ts'].map((path) => join(root, path)),
  };
  writeFileSync(config, JSON.stringify(settings));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const build = spawnSync(process.execPath, [tsc, '-p', config, '--noCheck'], { encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`tsc failed: ${build.stdout}${build.stderr}`);
  const load = (path: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, path)).href);
  const onnx = (await load('src/onnx/index.js')) as Onnx;
  return {
    sgs: (await load('src/sgs/index.js')) as Sgs,
    rebuild: (model) => onnx.decodeModel(encodeModel(model)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
