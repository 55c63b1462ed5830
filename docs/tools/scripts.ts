import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from './check.js';
import { shellCommands } from './pages.js';

/** Every `npm run NAME` that a page mentions is a script of package.json. */
export const checkScripts: Check = ({ root, pages }) => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  return pages.flatMap((page) =>
    [...page.text.matchAll(/npm run ([\w:-]+)/g)]
      .map((match) => match[1] ?? '')
      .filter((name) => !(name in scripts))
      .map((name) => `${page.path}: package.json has no script '${name}'`),
  );
};

/** README shows every npm command that `.ci/run` runs; arguments after ` -- ` may differ. */
export const checkContinuousIntegration: Check = ({ root, pages }) => {
  const script = join(root, '.ci/run');
  if (!existsSync(script)) return [];
  const readme = pages.find((page) => page.path === 'README.md')?.text ?? '';
  const command = (line: string): string => line.split(' -- ')[0] ?? '';
  const shown = new Set(shellCommands(readme).map(command));
  return [...readFileSync(script, 'utf8').matchAll(/^\s*(npm .*?)\s*$/gm)]
    .map((match) => command(match[1] ?? ''))
    .filter((line) => !shown.has(line))
    .map((line) => `README.md: '${line}', which .ci/run runs, is not shown`);
};
