import type { Device } from '../../src/runtime/index.js';
import { median, type Spread, spread } from '../../src/timing/index.js';
import { memoryRatio } from './memory.js';
import { openForward, openOurs } from './our-step.js';
import { type Duration, openPyTorch } from './python.js';

export interface Comparison {
  readonly net: string;
  /** Ours ÷ PyTorch's, over rounds of one run of each. */
  readonly step: Spread;
  readonly forward: Spread;
  /** Processor time of the steps, which other work on the machine changes less. */
  readonly processor: Spread;
  /** The same of the largest resident sets. */
  readonly memory: number;
  /** Medians in seconds; they hold for this machine alone. */
  readonly stepSeconds: number;
  /** To build our step and open it. */
  readonly openingSeconds: number;
  readonly torch: string;
}

export interface CompareOptions {
  readonly batch: number;
  readonly threads: number;
  readonly rounds: number;
  /** Where our side computes; PyTorch uses CUDA, unless it is the CPU. */
  readonly device: Device;
}

export type Run = () => Promise<Duration>;

/** One ÷ the other; both run in turns, and who begins changes. The first round is not counted. */
export async function ratios(ours: Run, theirs: Run, rounds: number) {
  const [quotients, processor, seconds]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round <= rounds; round++) {
    const oursFirst = round % 2 === 0 ? await ours() : null;
    const other = await theirs();
    const own = oursFirst ?? (await ours());
    if (round === 0) continue;
    quotients.push(own.seconds / other.seconds);
    processor.push(own.processor / other.processor);
    seconds.push(own.seconds);
  }
  return {
    ratio: spread(quotients),
    processor: spread(processor),
    seconds: median(seconds),
  };
}

/** Compares one network with PyTorch. Null where PyTorch is missing. */
export async function compareNet(
  net: string,
  { batch, threads, rounds, device }: CompareOptions,
): Promise<Comparison | null> {
  const pytorch = await openPyTorch(net, batch, threads, device === 'cpu' ? 'cpu' : 'cuda');
  if (!pytorch) return null;
  const ours = await openOurs(net, batch, { threads, device });
  const step = await ratios(ours.step, () => pytorch.run('step'), rounds);
  await ours.close();
  const inference = await openForward(net, batch, { threads, device });
  const forward = await ratios(inference.run, () => pytorch.run('forward'), rounds);
  await inference.close();
  await pytorch.close();
  return {
    net,
    step: step.ratio,
    processor: step.processor,
    forward: forward.ratio,
    memory: await memoryRatio(net, batch, threads),
    stepSeconds: step.seconds,
    openingSeconds: ours.opening,
    torch: pytorch.version,
  };
}
