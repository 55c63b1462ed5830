/** `npm run docs:generate`: renews the generated tables of README.md and docs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generators } from './tools/generators.js';
import { findRoot, readPages } from './tools/pages.js';
import { fillTables } from './tools/tables.js';

const root = findRoot(import.meta.dirname);
for (const { path, text } of readPages(root)) {
  const filled = fillTables(text, generators(root));
  if (filled === text) continue;
  writeFileSync(join(root, path), filled);
  console.log(`renewed ${path}`);
}
