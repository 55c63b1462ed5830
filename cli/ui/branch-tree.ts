/** How a merged map came about: a branch point with several children, a step on a chain, or the source. */
export interface Branch {
  readonly label: string;
  readonly children: readonly Branch[];
}

/** Lines beyond this many say nothing to a reader any more. */
const mostLines = 40;

/** Labels down to the source or the next branch point, which is `end`. */
function chain(from: Branch): { readonly text: string; readonly end: Branch } {
  const labels = [from.label];
  let end = from;
  while (end.children.length === 1) {
    end = end.children[0] as Branch;
    labels.push(end.label);
  }
  return { text: labels.join(' ← '), end };
}

/**
 * Draws the branches of a region from its join down to its source:
 * ```
 * Add 'sum'
 * ├─ Conv 'dense' ← x
 * └─ BatchNormalization 'skip' ← x
 * ```
 */
export function branchTree(root: Branch): string[] {
  const lines: string[] = [];
  const draw = (branch: Branch, first: string, rest: string): void => {
    const { text, end } = chain(branch);
    lines.push(first + text);
    end.children.forEach((child, i) => {
      const last = i === end.children.length - 1;
      draw(child, rest + (last ? '└─ ' : '├─ '), rest + (last ? '   ' : '│  '));
    });
  };
  draw(root, '', '');
  if (lines.length <= mostLines) return lines;
  return [...lines.slice(0, mostLines), `… ${lines.length - mostLines} more lines`];
}
