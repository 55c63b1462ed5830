import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
let project = '';
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** Lints `files` (path → text) under the project's own rules and returns `path: rule` for each finding. */
function lint(files: Record<string, string>): string[] {
  project = mkdtempSync(join(tmpdir(), 'lint-'));
  for (const name of ['biome.json', 'package.json', '.gitignore']) {
    cpSync(join(root, name), join(project, name));
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = [biome, 'lint', '--reporter=rdjson', '--max-diagnostics=none', '.'];
  const run = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(run.stdout) as {
    diagnostics: { code: { value: string }; location: { path: string } }[];
  };
  return diagnostics.map((d) => `${d.location.path}: ${d.code.value.split('/').at(-1)}`).sort();
}

const importing = (specifier: string): string =>
  `import { a } from '${specifier}';\nexport const b: number = a;\n`;

test('imports between the folders of src run one way', () => {
  const layers = [
    ['tensor'],
    ['ir'],
    ['onnx', 'linear', 'autodiff', 'models'],
    ['branches'],
    ['runtime'],
    ['merge', 'optimizers', 'data'],
    ['sgs'],
    ['verify', 'train'],
    ['timing'],
    ['report'],
    ['study'],
    ['../cli'],
  ];
  const files: Record<string, string> = {};
  const forbidden: string[] = [];
  for (const [i, layer] of layers.slice(0, -1).entries()) {
    for (const from of layer) {
      for (const [j, targets] of layers.entries()) {
        for (const to of targets.filter((name) => name !== from)) {
          const path = `src/${from}/deep/${to.replaceAll('.', '').replace('/', '')}.ts`;
          files[path] = importing(`../../${to}/index.js`);
          if (j >= i) forbidden.push(`${path}: noRestrictedImports`);
        }
      }
    }
  }
  files['src/errors.ts'] = importing('./tensor/index.js');
  forbidden.push('src/errors.ts: noRestrictedImports');
  expect(lint(files)).toEqual(forbidden.sort());
});

test('a package is imported only by the folder it belongs to', () => {
  const found = lint({
    'src/runtime/session.ts': importing('onnxruntime-node'),
    'src/onnx/codec.ts': importing('protobufjs/light.js'),
    'cli/main.ts': importing('commander'),
    'src/merge/fold.ts': importing('onnxruntime-node'),
    'src/verify/fold.ts': importing('onnxruntime-node'),
    'src/onnx/load.ts': importing('onnxruntime-node'),
    'src/ir/codec.ts': importing('protobufjs'),
    'src/data/npz.ts': importing('fflate'),
    'src/data/pixels.ts': importing('sharp'),
    'src/data/parquet.ts': importing('hyparquet'),
    'src/data/archive.ts': importing('xz-decompress'),
    'cli/parquet.ts': importing('hyparquet'),
    'src/data/session.ts': importing('onnxruntime-node'),
    'src/merge/unzip.ts': importing('fflate'),
    'cli/image.ts': importing('sharp'),
    'src/report/layout.ts': importing('@dagrejs/dagre'),
    'src/report/table.ts': importing('cli-table3'),
    'src/verify/layout.ts': importing('@dagrejs/dagre'),
    'src/train/recipe.ts': importing('yaml'),
    'src/study/read.ts': importing('yaml'),
    'src/verify/recipe.ts': importing('yaml'),
    'cli/recipe.ts': importing('yaml'),
    'cli/layout.ts': importing('@dagrejs/dagre'),
    'src/index.ts': importing('picocolors'),
    'cli/session.ts': importing('onnxruntime-node'),
    'cli/unknown.ts': importing('left-pad'),
    'cli/example.ts': importing('../fixtures/block.js'),
  });
  expect(found).toEqual([
    'cli/example.ts: noRestrictedImports',
    'cli/image.ts: noRestrictedImports',
    'cli/layout.ts: noRestrictedImports',
    'cli/parquet.ts: noRestrictedImports',
    'cli/recipe.ts: noRestrictedImports',
    'cli/session.ts: noRestrictedImports',
    'cli/unknown.ts: noUndeclaredDependencies',
    'src/data/session.ts: noRestrictedImports',
    'src/index.ts: noRestrictedImports',
    'src/ir/codec.ts: noRestrictedImports',
    'src/merge/fold.ts: noRestrictedImports',
    'src/merge/unzip.ts: noRestrictedImports',
    'src/onnx/load.ts: noRestrictedImports',
    'src/report/table.ts: noRestrictedImports',
    'src/verify/fold.ts: noRestrictedImports',
    'src/verify/layout.ts: noRestrictedImports',
    'src/verify/recipe.ts: noRestrictedImports',
  ]);
});

test('only the folders that own files use Node, only the command line prints', () => {
  const readFile = "import { readFileSync } from 'node:fs';\nexport const a = readFileSync('a');\n";
  const print = "console.log('a');\n";
  const found = lint({
    'src/onnx/files.ts': readFile,
    'src/onnx/external-data.ts': readFile,
    'src/runtime/a.ts': readFile,
    'src/verify/a.ts': readFile,
    'cli/a.ts': readFile,
    'cli/print.ts': print,
    'src/onnx/decode.ts': readFile,
    'src/tensor/a.ts': readFile,
    'src/ir/a.ts': readFile,
    'src/linear/a.ts': readFile,
    'src/merge/a.ts': readFile,
    'src/report/a.ts': readFile,
    'src/merge/exit.ts': 'process.exitCode = 1;\n',
    'src/runtime/print.ts': print,
    'fixtures/print.ts': print,
  });
  expect(found).toEqual([
    'fixtures/print.ts: noConsole',
    'src/ir/a.ts: noNodejsModules',
    'src/linear/a.ts: noNodejsModules',
    'src/merge/a.ts: noNodejsModules',
    'src/merge/exit.ts: noRestrictedGlobals',
    'src/onnx/decode.ts: noNodejsModules',
    'src/report/a.ts: noNodejsModules',
    'src/runtime/print.ts: noConsole',
    'src/tensor/a.ts: noNodejsModules',
  ]);
});

test('no cycles, no any, no unmarked type import, no forgotten promise', () => {
  const found = lint({
    'src/ir/cycle-a.ts': "export * from './cycle-b.js';\n",
    'src/ir/cycle-b.ts': "export * from './cycle-a.js';\n",
    'src/ir/any.ts': 'export const a = (b: any): number => b;\n',
    'src/ir/type.ts': "import { A } from './a.js';\nexport const a: A = 1;\n",
    'src/ir/bang.ts': 'export const a = (b: number[]): number => b[0]!;\n',
    'src/ir/promise.ts': 'const a = async (): Promise<void> => {};\na();\n',
    'src/ir/extension.ts': "export * from './any';\n",
    'src/ir/long.ts': `export const a = [\n${'  1,\n'.repeat(400)}];\n`,
  });
  expect(found).toEqual([
    'src/ir/any.ts: noExplicitAny',
    'src/ir/bang.ts: noNonNullAssertion',
    'src/ir/cycle-a.ts: noImportCycles',
    'src/ir/cycle-b.ts: noImportCycles',
    'src/ir/extension.ts: useImportExtensions',
    'src/ir/long.ts: noExcessiveLinesPerFile',
    'src/ir/promise.ts: noFloatingPromises',
    'src/ir/type.ts: useImportType',
  ]);
});
