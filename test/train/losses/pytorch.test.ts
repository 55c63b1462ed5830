import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/autodiff/index.js';
import { GraphBuilder, type Value } from '../../../src/ir/index.js';
import { runModel } from '../../../src/runtime/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { distillationLoss, withDistillation } from '../../../src/train/losses/distillation.js';
import { type LossOptions, losses } from '../../../src/train/losses/index.js';

/** See fixtures/exporters/losses.py; 4 rows of 5 outputs. */
interface StoredLoss {
  readonly loss: string;
  readonly options: LossOptions & { readonly alpha?: number; readonly temperature?: number };
  readonly outputs: readonly number[];
  readonly targets: readonly number[];
  readonly teacher?: readonly number[];
  readonly value: number;
  readonly gradient: readonly number[];
}

const path = join(import.meta.dirname, '../../../fixtures/train/losses.json');
const stored = JSON.parse(readFileSync(path, 'utf8')) as StoredLoss[];
const dims = [4, 5] as const;
const named = (name: string) => losses.find((loss) => loss.name === name)!;

function lossOf(b: GraphBuilder, outputs: Value, targets: Value, c: StoredLoss): Value {
  const { alpha = 0, temperature = 1, ...options } = c.options;
  if (!c.teacher) return named(c.loss).build(b, outputs, targets, { classes: 5, ...options });
  const own = named('crossentropy').build(b, outputs, targets, { classes: 5 });
  const teacher = b.floats(dims, c.teacher, 'teacher');
  return withDistillation(b, own, distillationLoss(b, outputs, teacher, temperature), alpha);
}

async function computed(c: StoredLoss, portable: boolean) {
  const b = new GraphBuilder();
  const [outputs, targets] = [b.input('outputs', dims), b.input('targets', dims)];
  const loss = lossOf(b, outputs, targets, c);
  const result = differentiate(b.model(), { loss, parameters: [outputs], portable });
  const [value, gradient] = [result.value(loss), result.gradients.get(outputs)!];
  for (const output of [value, gradient]) result.builder.output(output);
  const feeds = Object.entries({ outputs: c.outputs, targets: c.targets }).map(
    ([name, values]) => [name, Tensor.fromNumbers('float32', dims, values)] as const,
  );
  const found = await runModel(result.builder.model(), new Map(feeds));
  return {
    value: found.get(value.name)!.toNumbers()[0]!,
    gradient: found.get(gradient.name)!.toNumbers(),
  };
}

/** Whether the rows of the targets choose one class each. */
const isHard = ({ targets }: StoredLoss): boolean => targets.every((t) => t === 0 || t === 1);

const cases = stored.map((c) => {
  const size = Math.max(...c.outputs.map(Math.abs));
  const title = `${c.loss} ${JSON.stringify(c.options)}, outputs up to ${size.toFixed(1)}, ${isHard(c) ? 'labels' : 'soft targets'}`;
  return { title, c };
});

describe.each([
  ['the form for the CPU', false],
  ['the portable form', true],
])('%s', (_, portable) => {
  test.each(cases)('$title', async ({ c }) => {
    const { value, gradient } = await computed(c, portable);
    expect(Math.abs(value - c.value)).toBeLessThan(2e-6 * Math.max(1, Math.abs(c.value)));
    const largest = Math.max(...c.gradient.map(Math.abs));
    for (const [i, g] of gradient.entries()) {
      expect(Math.abs(g - c.gradient[i]!) / largest, `element ${i}`).toBeLessThan(1e-5);
    }
  });
});

test.each(cases.filter(({ c }) => Object.keys(c.options).length === 0))(
  'the value of one row: $title',
  ({ c }) => {
    const rows = [0, 1, 2, 3].map((i) => {
      const row = (values: readonly number[]) => values.slice(5 * i, 5 * i + 5);
      return named(c.loss).value(row(c.outputs), row(c.targets));
    });
    expect(rows.reduce((a, b) => a + b, 0) / 4).toBeCloseTo(c.value, 5);
  },
);
