import type { RunInputs } from '../../verify/report.js';

/** `normal, seed 3`, or where given inputs come from. */
export const runName = ({ kind, seed, source }: RunInputs): string =>
  [kind, ...(seed === null ? [] : [`seed ${seed}`]), ...(source === null ? [] : [source])].join(
    ', ',
  );
