import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A Markdown file; `path` is relative to the root of the repository. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** Looks upwards for package.json: these programs run compiled, from dist/docs. */
export function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

/** README.md and every Markdown file under docs. */
export function readPages(root: string): Page[] {
  const docs = join(root, 'docs');
  const names = existsSync(docs) ? readdirSync(docs, { recursive: true, encoding: 'utf8' }) : [];
  const paths = names.filter((name) => name.endsWith('.md')).map((name) => join(docs, name));
  return [join(root, 'README.md'), ...paths.sort()].map((path) => ({
    path: relative(root, path).replaceAll('\\', '/'),
    text: readFileSync(path, 'utf8'),
  }));
}

const fence = /^```(\w*)[^\n]*\n(.*?)^```/gms;

/** The fenced blocks of a page, without their fences; `language` is what follows the opening one. */
function codeBlocks(text: string): { language: string; code: string }[] {
  return [...text.matchAll(fence)].map(([, language = '', code = '']) => ({ language, code }));
}

/** The single commands of the blocks marked `sh`: without prompts, comments, line breaks and what joins them. */
export const shellCommands = (text: string): string[] =>
  codeBlocks(text)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => code.replaceAll('\\\n', ' ').split('\n'))
    .flatMap((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/(^|\s)#.*/, '')
        .split(/&&|[|;]/),
    )
    .map((command) => command.replace(/\s+/g, ' ').trim())
    .filter((command) => command !== '');

export const withoutCode = (text: string): string =>
  text.replace(fence, '').replace(/`[^`\n]*`/g, '');
