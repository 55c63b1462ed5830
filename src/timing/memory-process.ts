/** Started by `memory.ts`: runs one model a few times and prints the largest resident set as JSON. */
import { readFileSync } from 'node:fs';
import { GraphBuilder } from '../ir/index.js';
import { openSession, runModel } from '../runtime/index.js';
import { Tensor } from '../tensor/index.js';
import { generateInputs } from '../verify/index.js';
import type { MemoryTask } from './memory.js';
import type { PeakMemory } from './report.js';

const runs = 3;

/** Linux tells it of this process alone; elsewhere what the parent held when it was forked may be in it. */
function peak(): number {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (match) return 1024 * Number(match[1]);
  } catch {
    // Not Linux.
  }
  return 1024 * process.resourceUsage().maxRSS;
}

const { path, options, specs } = JSON.parse(process.argv[2] ?? '') as MemoryTask;

// A model of one node loads all that is no model.
const b = new GraphBuilder();
b.output(b.op('Relu', [b.input('x', [1])]));
await runModel(b.model(), new Map([['x', Tensor.fromNumbers('float32', [1], [1])]]), options);
const baseline = peak();

const session = await openSession({ path }, options);
const inputs = generateInputs(specs, { kind: 'normal', seed: 0, integerLimit: 2 });
for (let i = 0; i < runs; i++) await session.run(inputs);
const total = peak();
await session.release();
const memory: PeakMemory = { total, model: total - baseline };
process.stdout.write(JSON.stringify(memory));
