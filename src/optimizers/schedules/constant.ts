import type { Schedule } from './schedule.js';

/** rate = lr */
export const constant: Schedule = {
  name: 'constant',
  doc: 'the same rate throughout',
  source: 'ConstantLR with factor=1',
  options: [],
  build: ({ lr }) => {
    return () => lr;
  },
};
