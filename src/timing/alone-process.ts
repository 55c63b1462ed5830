/** Started by `alone.ts`: opens one model, runs it a few times, and prints how that went as JSON. */
import { GraphBuilder } from '../ir/index.js';
import { openSession, runModel } from '../runtime/index.js';
import { Tensor } from '../tensor/index.js';
import { generateInputs } from '../verify/index.js';
import type { AloneRun, AloneTask } from './alone.js';
import { peakResident } from './resident.js';

/** Runs after the first: what a session allocates, it has allocated by then. */
const furtherRuns = 2;

async function timed<T>(work: Promise<T>): Promise<[result: T, seconds: number]> {
  const start = performance.now();
  const result = await work;
  return [result, (performance.now() - start) / 1000];
}

const { path, options, specs, integerLimit } = JSON.parse(process.argv[2] ?? '') as AloneTask;

// A model of one node loads all that is no model.
const b = new GraphBuilder();
b.output(b.op('Relu', [b.input('x', [1])]));
await runModel(b.model(), new Map([['x', Tensor.fromNumbers('float32', [1], [1])]]), options);
const inputs = generateInputs(specs, { kind: 'normal', seed: 0, integerLimit });
const baseline = peakResident();

const [session, open] = await timed(openSession({ path }, options));
const [, firstRun] = await timed(session.run(inputs));
for (let i = 0; i < furtherRuns; i++) await session.run(inputs);
const total = peakResident();
await session.release();
const result: AloneRun = { open, firstRun, memory: { total, model: total - baseline } };
process.stdout.write(JSON.stringify(result));
