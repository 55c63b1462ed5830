import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Check } from './check.js';
import { withoutCode } from './pages.js';

const link = /\[[^\]]*\]\(([^)\s]+)[^)]*\)/g;

/** Every relative link leads to a file, and every anchor to a heading. */
export const checkLinks: Check = ({ root, pages }) =>
  pages.flatMap((page) => {
    const targets = [...withoutCode(page.text).matchAll(link)].map((match) => match[1] ?? '');
    return targets
      .filter((target) => !/^\w+:/.test(target))
      .filter((target) => !leadsSomewhere(join(root, page.path), target))
      .map((target) => `${page.path}: the link to ${target} leads nowhere`);
  });

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = decodeURI(target).split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(file)) return false;
  return anchor === undefined || !file.endsWith('.md') || hasHeading(file, anchor);
}

function hasHeading(file: string, anchor: string): boolean {
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ +(.+)$/gm)];
  return headings.some(([, heading = '']) => slug(heading) === anchor);
}

/** The anchor that GitHub gives to a heading. */
const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
