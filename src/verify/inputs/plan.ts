import { type Session, UnrunnableError, type ValueInfo } from '../../runtime/index.js';
import { type Feed, findInputs, findOtherSizes, seededFeed } from './feeds.js';
import type { InputKind } from './inputs.js';
import type { ShapeOverrides } from './shapes.js';

export interface PlanOptions {
  readonly seed: number;
  readonly runs: number;
  readonly kinds: readonly InputKind[];
  readonly shapes: ShapeOverrides;
  /** Whether other sizes are tried where lengths are open. */
  readonly sizes: boolean;
  /** Whether it is no failure when the model accepts no seeded inputs: others are given. */
  readonly optional: boolean;
}

export interface FeedPlan {
  readonly feeds: readonly Feed[];
  /** Bytes of the outputs of the largest run, as far as they are known. */
  readonly outputBytes: number;
  readonly notes: readonly string[];
}

/**
 * Decides what the models are fed with: every kind of input at one size, and normal numbers at others.
 * @throws UnrunnableError when the model accepts none.
 */
export async function planFeeds(
  session: Pick<Session, 'run'>,
  inputs: readonly ValueInfo[],
  options: PlanOptions,
): Promise<FeedPlan> {
  const { seed, runs, kinds, shapes, sizes, optional } = options;
  if (kinds.length === 0) return { feeds: [], outputBytes: 0, notes: [] };
  try {
    const accepted = await findInputs(session, inputs, shapes, seed);
    const others = sizes ? await findOtherSizes(session, inputs, shapes, accepted) : [];
    const rounds = Array.from({ length: runs }, (_, i) => seed + i);
    const feeds = rounds.flatMap((round) => [
      ...kinds.map((kind) => seededFeed(accepted, kind, round)),
      ...others.map((other) => seededFeed(other, 'normal', round, true)),
    ]);
    const outputBytes = Math.max(...[accepted, ...others].map((one) => one.outputBytes));
    return { feeds, outputBytes, notes: [] };
  } catch (error) {
    if (!(error instanceof UnrunnableError && optional)) throw error;
    const notes = [`no seeded inputs were tried: ${error.message}`];
    return { feeds: [], outputBytes: 0, notes };
  }
}
