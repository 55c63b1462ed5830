import Table from 'cli-table3';
import { colorsFor } from './colors.js';

const noBorder = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns under dim headings; a heading that starts with '>' aligns its column to the right. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const { dim } = colorsFor(process.stdout);
  const columns = new Table({
    head: headings.map((heading) => dim(heading.replace(/^>/, ''))),
    colAligns: headings.map((heading) => (heading.startsWith('>') ? 'right' : 'left')),
    chars: noBorder,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  columns.push(...rows.map((row) => [...row]));
  return columns
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
