export { type EpochRecord, epochRecords, isEpoch } from './epoch.js';
export { EventFile } from './event-file.js';
export { MetricsFile, type MetricsRecord, readMetrics } from './metrics-file.js';
