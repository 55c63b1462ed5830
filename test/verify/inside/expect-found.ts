import { expect } from 'vitest';
import type { Model, Node } from '../../../src/ir/index.js';
import { type VerifyReport, verifyModels } from '../../../src/verify/index.js';

/** A report says that two models part at one node alone, for a reason that matches. */
function expectNamed(report: VerifyReport, culprit: Node, cause: RegExp): void {
  const inside = 'inside' in report ? report.inside : null;
  const seen = inside?.divergences.map(({ nodeB, causes }) => [nodeB, causes.join('; ')]);
  expect([report.status, seen]).toEqual([
    'different',
    [[culprit.label, expect.stringMatching(cause)]],
  ]);
}

/** Looking inside finds it. */
export async function expectInside(
  a: Model,
  b: Model,
  culprit: Node,
  cause: RegExp,
): Promise<void> {
  expectNamed(await verifyModels(a, b, { inside: 'always' }), culprit, cause);
}

/** Nothing need be asked for to find two models different. */
export async function expectFound(a: Model, b: Model, culprit: Node, cause: RegExp): Promise<void> {
  const byDefault = await verifyModels(a, b);
  expect(byDefault).toMatchObject({ status: 'different' });
  // By default, only models of equal outputs are looked into.
  if ('inside' in byDefault && byDefault.inside) expectNamed(byDefault, culprit, cause);
  else await expectInside(a, b, culprit, cause);
}
