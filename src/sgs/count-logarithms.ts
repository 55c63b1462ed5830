/** c·ln c for the counts that most cells hold. */
const table = Float64Array.from({ length: 4096 }, (_, count) => count * Math.log(count || 1));

/** c·ln c of a count. */
export const timesLog = (count: number): number =>
  count < table.length ? (table[count] as number) : count * Math.log(count);
