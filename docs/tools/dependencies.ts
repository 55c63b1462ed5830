import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable } from './tables.js';

interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly engines?: { readonly node?: string };
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Facts on the direct dependencies, from package.json and its lock: `dependencies` or `devDependencies`. */
export function dependencyTable(root: string, group: 'dependencies' | 'devDependencies'): string {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));
  const names = Object.keys((read('package.json') as Record<typeof group, object>)[group]);
  const { packages } = read('package-lock.json') as { packages: Record<string, LockedPackage> };
  const rows = names.map((name) => {
    const locked = packages[`node_modules/${name}`];
    if (!locked) throw new Error(`package-lock.json does not hold ${name}`);
    return [
      name,
      locked.version,
      locked.license ?? 'not stated',
      locked.engines?.node ?? 'not stated',
      String(bringsAlong(packages, name).size),
      locked.hasInstallScript ? 'yes' : 'no',
    ];
  });
  const header = ['Package', 'Version', 'Licence', 'Node', 'Brings along', 'Install script'];
  return markdownTable(header, rows);
}

/** Packages that come with one; the binaries for single platforms, which are optional, are not counted. */
function bringsAlong(packages: Record<string, LockedPackage>, name: string): Set<string> {
  const found = new Set<string>();
  const visit = (path: string): void => {
    for (const dependency of Object.keys(packages[path]?.dependencies ?? {})) {
      const at = resolve(packages, path, dependency);
      if (found.has(at)) continue;
      found.add(at);
      visit(at);
    }
  };
  visit(`node_modules/${name}`);
  found.delete(`node_modules/${name}`);
  return found;
}

/** Where Node finds a package, seen from another one: in the nearest enclosing `node_modules`. */
function resolve(packages: Record<string, LockedPackage>, from: string, name: string): string {
  const nested = `${from}/node_modules/${name}`;
  if (nested in packages) return nested;
  const end = from.lastIndexOf('/node_modules/');
  return end < 0 ? `node_modules/${name}` : resolve(packages, from.slice(0, end), name);
}
