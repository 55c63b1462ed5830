/** Runs a model once and tells how many seconds it took. */
export type TimedRun = () => Promise<number>;

export interface TurnOptions {
  /** For how many seconds the models run, 5 by default. */
  readonly seconds?: number;
  /** How often each runs instead. */
  readonly runs?: number;
  /** Runs of each that are not counted; 2 by default. */
  readonly warmup?: number;
  /** Tells the time in milliseconds. */
  readonly clock?: () => number;
}

/** As many as an interval of the median needs. */
const fewestRuns = 6;
const mostRuns = 1000;

/**
 * Runs models in turns, A B B A A B …, so that whatever else the machine does meets all of them, and none always
 * follows the other.
 * @returns the times of each model; those at the same place are of runs one right after the other.
 */
export async function takeTurns(
  models: readonly TimedRun[],
  { seconds = 5, runs, warmup = 2, clock = () => performance.now() }: TurnOptions,
): Promise<number[][]> {
  for (const run of models) {
    for (let i = 0; i < warmup; i++) await run();
  }
  const start = clock();
  const done = (rounds: number): boolean => {
    if (runs !== undefined) return rounds >= runs;
    const late = (clock() - start) / 1000 >= seconds;
    return rounds >= mostRuns || (rounds >= fewestRuns && late);
  };
  const turns = models.map((run) => ({ run, times: [] as number[] }));
  for (let rounds = 0; !done(rounds); rounds++) {
    const order = rounds % 2 === 0 ? turns : turns.toReversed();
    for (const { run, times } of order) times.push(await run());
  }
  return turns.map(({ times }) => times);
}
