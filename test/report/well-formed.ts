const open = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/y;

/**
 * What is wrong with a page that is meant to be well-formed: tags that do not balance, attributes without quotes,
 * stray `<` or `&`, ids used twice. Empty when nothing is.
 */
export function problemsOf(page: string): string[] {
  const problems: string[] = [];
  const stack: string[] = [];
  const ids = new Set<string>();
  const body = page
    .replace(/^<!DOCTYPE html>/, '')
    .replace(/<style>[^<]*<\/style>/, '<style></style>');
  for (let at = body.indexOf('<'); at >= 0; at = body.indexOf('<', at + 1)) {
    open.lastIndex = at;
    const match = open.exec(body);
    if (match === null) {
      problems.push(`no tag: ${body.slice(at, at + 60)}`);
      continue;
    }
    const [, closing, name = '', attributes = '', empty] = match;
    const id = / id="([^"]*)"/.exec(attributes)?.[1];
    if (id !== undefined && ids.has(id)) problems.push(`id ${id} twice`);
    if (id !== undefined) ids.add(id);
    if (empty) continue;
    if (!closing) stack.push(name);
    else if (stack.pop() !== name) problems.push(`</${name}> closes nothing`);
  }
  for (const [reference] of body.matchAll(/&(?!(?:amp|lt|gt|quot|#39);).{0,10}/g)) {
    problems.push(`no entity: ${reference}`);
  }
  return [...problems, ...stack.map((name) => `<${name}> stays open`)];
}
