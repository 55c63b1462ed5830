import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Documentation } from '../../docs/tools/check.js';
import { checkCommandLine } from '../../docs/tools/command-line.js';
import { dependencyTable } from '../../docs/tools/dependencies.js';
import { generators } from '../../docs/tools/generators.js';
import { checkLinks } from '../../docs/tools/links.js';
import { findRoot, readPages } from '../../docs/tools/pages.js';
import { checkContinuousIntegration, checkScripts } from '../../docs/tools/scripts.js';
import { checkTables, fillTables, markdownTable } from '../../docs/tools/tables.js';

let root = '';
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A repository with these files in a temporary folder. */
function repository(files: Record<string, string>): Documentation {
  root = mkdtempSync(join(tmpdir(), 'docs-'));
  const scripts = { scripts: { demo: '', 'docs:check': '' } };
  for (const [path, text] of Object.entries({
    'package.json': JSON.stringify(scripts),
    ...files,
  })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { root, pages: readPages(root) };
}

const shell = (...lines: string[]): string => ['```sh', ...lines, '```', ''].join('\n');

test('links lead to files and headings that exist', () => {
  const documentation = repository({
    'README.md': [
      '[a](docs/a.md) [b](docs/a.md#two-words-and-1-sign) [c](#own-heading) [d](https://x.y/z)',
      '[e](docs/none.md) [f](docs/a.md#none) [g](#none) ![h](none.png "title")',
      '`[i](code.md)`',
      '# Own heading',
      '```md\n[j](code.md)\n```',
    ].join('\n'),
    'docs/a.md': '## Two words, and 1 sign!\n[up](../README.md) [bad](README.md)\n',
  });
  expect(checkLinks(documentation)).toEqual([
    'README.md: the link to docs/none.md leads nowhere',
    'README.md: the link to docs/a.md#none leads nowhere',
    'README.md: the link to #none leads nowhere',
    'README.md: the link to none.png leads nowhere',
    'docs/a.md: the link to README.md leads nowhere',
  ]);
});

test('npm run mentions scripts that exist', () => {
  const documentation = repository({
    'README.md': `\`npm run demo\` and \`npm run docs:check\`\n${shell('npm run gone -- --json')}`,
  });
  expect(checkScripts(documentation)).toEqual(["README.md: package.json has no script 'gone'"]);
});

test('README shows what .ci/run runs', () => {
  const documentation = repository({
    '.ci/run':
      '#!/bin/bash\nnpm ci\nif x; then\n  npm run corpus -- ../here\nfi\nnpm run lint\nnpm test\n',
    'README.md': shell('$ npm ci && npm run corpus -- DIR  # npm run lint', 'npm test'),
  });
  expect(checkContinuousIntegration(documentation)).toEqual([
    "README.md: 'npm run lint', which .ci/run runs, is not shown",
  ]);
});

describe('calls of reparam', () => {
  const help = (command?: string): string =>
    command === undefined
      ? 'Usage: reparam\n\nOptions:\n  -V, --version  print\n\nCommands:\n  merge [options]  merge\n                   more words\n\nExamples:\n  $ reparam none\n'
      : 'Options:\n  -o, --output <path>  file, not --other\n  --[no-]color\n  --dry-run            only\n\nExit codes:\n  --fake\n';

  test('use commands and options of the help', () => {
    const documentation = repository({
      'README.md': shell(
        'npx reparam merge a.onnx -o b.onnx --dry-run | less --raw',
        'reparam --version && reparam merge \\',
        '  --other --output=b --fake',
        'reparam more',
        'echo reparams --none',
      ),
    });
    expect(checkCommandLine(help)(documentation)).toEqual([
      "README.md: 'reparam merge' has no option --other",
      "README.md: 'reparam merge' has no option --fake",
      "README.md: 'reparam more' is no command",
    ]);
  });
});

describe('generated tables', () => {
  const make = { numbers: () => markdownTable(['n'], [['1'], ['2|3']]) };
  const page = (name: string, body: string): string =>
    `# A\n\n<!-- generated:${name} -->\n${body}<!-- /generated -->\n\nend\n`;

  test('are filled once and then stay', () => {
    const filled = fillTables(page('numbers', ''), make);
    expect(filled).toBe(page('numbers', '\n| n |\n| --- |\n| 1 |\n| 2\\|3 |\n\n'));
    expect(fillTables(filled, make)).toBe(filled);
    expect(checkTables(make)(repository({ 'README.md': filled }))).toEqual([]);
  });

  test('that are stale, unknown or not closed are reported', () => {
    const documentation = repository({
      'README.md': page('numbers', '\n| n |\n| --- |\n| 1 |\n\n'),
      'docs/a.md': page('letters', ''),
      'docs/b.md': '<!-- generated:numbers -->\n',
    });
    expect(checkTables(make)(documentation)).toEqual([
      'README.md: a table is stale; npm run docs:generate renews it',
      "docs/a.md: nothing generates 'letters'",
      'docs/b.md: a table is never closed',
    ]);
  });

  test('of this repository can be made', () => {
    const tables = Object.values(generators(findRoot(import.meta.dirname))).map((make) => make());
    for (const table of tables) expect(table.split('\n').length).toBeGreaterThan(2);
  });

  test('count what a dependency brings along, the nested ones by themselves', () => {
    repository({
      'README.md': '',
      'package.json': JSON.stringify({ dependencies: { a: '1.0.0' } }),
      'package-lock.json': JSON.stringify({
        packages: {
          'node_modules/a': {
            version: '1.0.0',
            license: 'MIT',
            hasInstallScript: true,
            dependencies: { b: '^1.0.0', c: '^2.0.0' },
            optionalDependencies: { d: '1.0.0' },
          },
          'node_modules/a/node_modules/b': { version: '1.0.0', dependencies: { c: '^1.0.0' } },
          'node_modules/a/node_modules/b/node_modules/c': { version: '1.0.0' },
          'node_modules/c': { version: '2.0.0', dependencies: { a: '1.0.0' } },
          'node_modules/d': { version: '1.0.0' },
        },
      }),
    });
    const [, , row] = dependencyTable(root, 'dependencies').split('\n');
    expect(row).toBe('| a | 1.0.0 | MIT | not stated | 3 | yes |');
  });
});
