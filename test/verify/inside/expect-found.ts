import { expect } from 'vitest';
import type { Model, Node } from '../../../src/ir/index.js';
import { verifyModels } from '../../../src/verify/index.js';
import { lookInside } from './edits.js';

/** Two models differ by default, and part at one node alone, for a reason that matches. */
export async function expectFound(a: Model, b: Model, culprit: Node, cause: RegExp): Promise<void> {
  const byDefault = await verifyModels(a, b);
  expect(byDefault).toMatchObject({ status: 'different' });
  // By default, only models of equal outputs are looked into.
  const report = 'inside' in byDefault && byDefault.inside ? byDefault : await lookInside(a, b);
  const seen = report.inside?.divergences.map(({ nodeB, causes }) => [nodeB, causes.join('; ')]);
  expect(seen).toEqual([[culprit.label, expect.stringMatching(cause)]]);
}
