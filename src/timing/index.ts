export type { BenchCase, BenchReport, ModelTiming, PeakMemory } from './report.js';
export { type Estimate, estimateMedian, median, type Spread, spread } from './statistics.js';
export { type BenchOptions, benchModels } from './time-models.js';
