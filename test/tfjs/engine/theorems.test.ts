import { expect, test } from 'vitest';
import { tfjsEngine } from '../../../src/tfjs/engine/index.js';
import { engine, findTheorems, proveTheorems } from '../../../src/train/theorems/index.js';

/** Enough for momentum and schedules to count. */
const context = { open: engine({}, tfjsEngine), steps: 8 };

test.each(findTheorems(['T1', 'T2', 'T3', 'T10']))('$id: $statement', async (theorem) => {
  for await (const { error, asExpected } of proveTheorems([theorem], context)) {
    expect(asExpected, `error ${error}`).toBe(true);
  }
});

test('the control of T3 fails as it must', async () => {
  const [control] = findTheorems(['C1']);
  expect(await control!.measure(context)).toBeGreaterThan(1e-2);
});
