import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNative } from '../../src/runtime/native.js';
import { withBlockedConvolutions } from '../../src/runtime/nchwc/index.js';
import { loadOnnxruntime } from '../../src/runtime/onnxruntime.js';
import type { TrainingStep } from '../../src/train/step/index.js';
import { buildStep, trainingData } from './our-step.js';

/** Time of one kind of node in a step. */
export interface ProfileRow {
  readonly phase: 'forward' | 'gradient' | 'update';
  readonly operator: string;
  readonly nodes: number;
  /** Of all kernels' time. */
  readonly share: number;
}

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: { readonly op_name?: string };
}

/** Nodes of a gradient are named after the node that they go back through, those of an update after nothing. */
function phaseOf(node: string): ProfileRow['phase'] {
  if (node.includes('/gradient')) return 'gradient';
  return /^[A-Z][A-Za-z]+(_\d+)?$/.test(node) ? 'update' : 'forward';
}

async function feedsOf(step: TrainingStep, batch: number) {
  const { Tensor } = await loadOnnxruntime();
  const { images, targets } = trainingData(batch);
  const feeds = [
    [step.images.name, new Tensor('float32', images, step.images.dims)] as const,
    [step.targets.name, new Tensor('float32', targets, step.targets.dims)] as const,
    ...step.state.map(
      ({ name, initial }) =>
        [name, new Tensor('float32', initial.toFloats() as Float32Array, initial.dims)] as const,
    ),
    ...step.scalars.map(({ name, compute }) => {
      const value = Float32Array.of(compute({ step: 2, rate: 0.05 }));
      return [name, new Tensor('float32', value, [])] as const;
    }),
  ];
  return Object.fromEntries(feeds);
}

async function eventsOf(
  step: TrainingStep,
  batch: number,
  threads: number,
  folder: string,
): Promise<ProfileEvent[]> {
  const profiling = { enableProfiling: true, profileFilePrefix: join(folder, 'profile') };
  const model = await withBlockedConvolutions(step.model);
  const { session } = await openNative(model, { threads }, profiling);
  const feeds = await feedsOf(step, batch);
  for (let i = 0; i < 3; i++) await session.run(feeds);
  session.endProfiling();
  await session.release();
  const [file = ''] = readdirSync(folder);
  const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[];
  const kernels = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
  // The first run also allocates.
  return kernels.slice(kernels.length / 3);
}

/** Where the time of a step goes, the largest share first. */
export async function profileNet(
  net: string,
  batch: number,
  threads: number,
): Promise<ProfileRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'reparam-bench-'));
  try {
    const events = await eventsOf(await buildStep(net, batch), batch, threads, folder);
    const total = events.reduce((sum, { dur }) => sum + dur, 0);
    const rows = new Map<string, ProfileRow>();
    for (const { name, dur, args } of events) {
      const [phase, operator] = [phaseOf(name.replace('_kernel_time', '')), args.op_name ?? '?'];
      const key = `${phase} ${operator}`;
      const { nodes, share } = rows.get(key) ?? { nodes: 0, share: 0 };
      rows.set(key, { phase, operator, nodes: nodes + 1 / 2, share: share + dur / total });
    }
    return [...rows.values()].sort((a, b) => b.share - a.share);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
