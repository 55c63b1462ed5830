/** `npm run docs:check`: what README.md and docs say of links, scripts, options and tables holds. */
import { join } from 'node:path';
import { checkCommandLine, helpOf } from './tools/command-line.js';
import { generators } from './tools/generators.js';
import { checkLinks } from './tools/links.js';
import { findRoot, readPages } from './tools/pages.js';
import { checkContinuousIntegration, checkScripts } from './tools/scripts.js';
import { checkTables } from './tools/tables.js';

const root = findRoot(import.meta.dirname);
const documentation = { root, pages: readPages(root) };
const checks = [
  checkLinks,
  checkScripts,
  checkContinuousIntegration,
  checkCommandLine(helpOf(join(root, 'dist/cli/main.js'))),
  checkTables(generators(root)),
];

const problems = checks.flatMap((check) => check(documentation));
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${documentation.pages.length} pages checked`);
