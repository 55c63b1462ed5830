import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

interface PackedFile {
  readonly path: string;
  readonly mode: number;
}

const root = join(import.meta.dirname, '..');
const typescript = join(root, 'node_modules/typescript/bin/tsc');
let folder = '';
let files: PackedFile[] = [];

/** Builds into a folder of its own and asks npm what it would publish from there. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  for (const name of ['package.json', 'README.md', 'LICENSE', '.npmrc']) {
    cpSync(join(root, name), join(folder, name));
  }
  const build = [typescript, '-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')];
  execFileSync(process.execPath, build, { cwd: root, stdio: 'inherit' });
  execFileSync('npm', ['run', 'postbuild'], { cwd: folder, stdio: 'ignore' });
  const pack = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const answer = execFileSync('npm', pack, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  files = (JSON.parse(answer) as { files: PackedFile[] }[])[0]?.files ?? [];
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('only the library, the command line and their papers are published', () => {
  const published = files.map(({ path }) => path);
  const expected =
    /^(package\.json|README\.md|LICENSE|dist\/src\/.+\.(js|d\.ts)|dist\/cli\/.+\.js)$/;
  expect(published.filter((path) => !expected.test(path))).toEqual([]);
  expect(published).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'dist/cli/main.js',
      'dist/src/index.d.ts',
      'dist/src/index.js',
      'package.json',
    ]),
  );
});

test('the program can be executed', () => {
  const main = join(folder, 'dist/cli/main.js');
  expect(readFileSync(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  const { mode } = files.find(({ path }) => path === 'dist/cli/main.js') ?? { mode: 0 };
  if (process.platform !== 'win32') expect(mode & 0o111).toBe(0o111);
  const run = spawnSync(process.execPath, [main, '--version'], { encoding: 'utf8' });
  expect(run.stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
});

test('what is published imports nothing that is not', () => {
  const sources = files.filter(({ path }) => path.endsWith('.js'));
  const published = new Set(files.map(({ path }) => path));
  for (const { path } of sources) {
    const text = readFileSync(join(folder, path), 'utf8');
    for (const [, specifier = ''] of text.matchAll(/(?:from|import)\s*\(?['"](\.[^'"]+)['"]/g)) {
      const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
      expect(published, `${path} imports ${specifier}`).toContain(target);
    }
  }
});

test('its types resolve under the package name, from strict code', () => {
  const consumer = join(folder, 'consumer');
  const modules = join(consumer, 'node_modules');
  cpSync(join(folder, 'package.json'), join(modules, 'onnx-reparam/package.json'));
  cpSync(join(folder, 'dist/src'), join(modules, 'onnx-reparam/dist/src'), { recursive: true });
  writeFileSync(
    join(consumer, 'main.ts'),
    "import { ReparamError } from 'onnx-reparam';\nexport const code: string = new ReparamError('usage', 'a').code;\n",
  );
  writeFileSync(
    join(consumer, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { module: 'nodenext', strict: true, noEmit: true, skipLibCheck: false },
      files: ['main.ts'],
    }),
  );
  const run = spawnSync(process.execPath, [typescript, '-p', consumer], { encoding: 'utf8' });
  expect(run.stdout).toBe('');
  expect(run.status).toBe(0);
});
