import { ReparamError } from '../../../errors.js';

/** A text as one word of a shell command. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Slurm takes a word out of a `#SBATCH` line by rules of its own, which know no `'\''`. */
export function directiveWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * A path in a `--output` option, where % has a meaning.
 * @throws ReparamError for what Slurm cannot be told: a backslash turns off the replacements, and lines end a directive.
 */
export function outputPath(path: string): string {
  const bad = /[\\\n\r]/.exec(path)?.[0];
  if (bad === undefined) return path.replaceAll('%', '%%');
  const what = bad === '\\' ? 'a backslash' : 'a line break';
  throw new ReparamError('usage', `Slurm cannot write into ${path}: the path has ${what}`, {
    at: path,
    hint: 'choose another folder for the study with -o',
  });
}
