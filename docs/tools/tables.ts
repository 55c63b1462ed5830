import type { Check } from './check.js';

/** Tables of the documentation that are made from the source, by name. */
export type Generators = Readonly<Record<string, () => string>>;

const region = /(<!-- generated:([\w-]+) -->\n).*?(<!-- \/generated -->)/gs;

/** Fills what stands between `<!-- generated:NAME -->` and `<!-- /generated -->`; unknown names stay as they are. */
export const fillTables = (text: string, generators: Generators): string =>
  text.replace(region, (old, begin: string, name: string, end: string) => {
    const generate = generators[name];
    return generate ? `${begin}\n${generate().trim()}\n\n${end}` : old;
  });

/** Every generated table has a generator and is up to date. */
export const checkTables =
  (generators: Generators): Check =>
  ({ pages }) =>
    pages.flatMap((page) => {
      const names = [...page.text.matchAll(region)].map((match) => match[2] ?? '');
      const unknown = names.filter((name) => !(name in generators));
      const problems = unknown.map((name) => `${page.path}: nothing generates '${name}'`);
      const openings = page.text.match(/^<!-- generated:/gm) ?? [];
      if (openings.length > names.length) problems.push(`${page.path}: a table is never closed`);
      if (fillTables(page.text, generators) !== page.text) {
        problems.push(`${page.path}: a table is stale; npm run docs:generate renews it`);
      }
      return problems;
    });

/** A Markdown table; cells may hold no line breaks. */
export function markdownTable(header: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
