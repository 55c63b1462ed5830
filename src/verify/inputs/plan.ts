import { type Session, UnrunnableError, type ValueInfo } from '../../runtime/index.js';
import { type AcceptedInputs, type Feed, findInputs, findOtherSizes, seededFeed } from './feeds.js';
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
  /** Inputs that the first model accepts and the second one refuses. */
  readonly refused?: AcceptedInputs;
}

export interface FeedPlan {
  readonly feeds: readonly Feed[];
  /** What the seeded inputs of every kind are made for; null for none. */
  readonly accepted: AcceptedInputs | null;
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
  const { seed, runs, kinds, shapes, sizes, optional, refused } = options;
  const none = { feeds: [], accepted: null, outputBytes: 0, notes: [] };
  if (kinds.length === 0) return none;
  try {
    const accepted = await findInputs(session, inputs, shapes, seed);
    const found = sizes ? await findOtherSizes(session, inputs, shapes, accepted) : [];
    const others = sizes && refused ? [...found, refused] : found;
    const rounds = Array.from({ length: runs }, (_, i) => seed + i);
    const feeds = rounds.flatMap((round) => [
      ...kinds.map((kind) => seededFeed(accepted, kind, round)),
      ...others.map((other) => seededFeed(other, 'normal', round, true)),
    ]);
    const outputBytes = Math.max(...[accepted, ...others].map((one) => one.outputBytes));
    return { ...none, feeds, accepted, outputBytes };
  } catch (error) {
    if (!(error instanceof UnrunnableError && optional)) throw error;
    return { ...none, notes: [`no seeded inputs were tried: ${error.message}`] };
  }
}
