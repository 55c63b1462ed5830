/**
 * Puts things in an order in which each follows what it depends on, beginning with what `wanted` needs.
 * @param dependencies what a key depends on
 * @param onCycle makes the error for a key that depends on itself
 */
export function inOrder(
  wanted: readonly string[],
  dependencies: (key: string) => readonly string[],
  onCycle: (key: string) => Error,
): string[] {
  const order: string[] = [];
  const done = new Set<string>();
  const open = new Set<string>();
  const stack = [...wanted].reverse();
  for (let key = stack.at(-1); key !== undefined; key = stack.at(-1)) {
    if (done.has(key)) {
      stack.pop();
      continue;
    }
    const missing = dependencies(key).filter((other) => !done.has(other));
    if (missing.length === 0) {
      stack.pop();
      open.delete(key);
      done.add(key);
      order.push(key);
      continue;
    }
    // What is still open when it is met again waits for itself.
    const circular = open.has(key) ? missing.find((other) => open.has(other)) : undefined;
    if (circular !== undefined || missing.includes(key)) throw onCycle(circular ?? key);
    open.add(key);
    stack.push(...missing.toReversed());
  }
  return order;
}
