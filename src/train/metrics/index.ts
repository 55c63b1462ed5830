export { type EpochRecord, isEpoch } from './epoch.js';
export { EventFile } from './event-file.js';
export { MetricsFile, readMetrics } from './metrics-file.js';
