import type { Placement } from '../../runtime/index.js';
import type { EpochRecord } from '../metrics/index.js';
import type { ScalingRecord, SurgeryRecord } from '../runs/index.js';

/** What training is about to do. */
export interface StartEvent {
  readonly kind: 'start';
  readonly model: string;
  readonly data: string;
  readonly parameters: number;
  readonly trainImages: number;
  readonly validationImages: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Steps done before: more than 0 where a run goes on. */
  readonly step: number;
  /** What the user should know, as sentences. */
  readonly notes: readonly string[];
}

/** A step has been made. */
export interface StepEvent {
  readonly kind: 'step';
  /** Steps done. */
  readonly step: number;
  /** Epochs done before, and steps done in this one. */
  readonly epoch: number;
  readonly batch: number;
  readonly rate: number;
  readonly loss: number;
  /** Means over the epoch so far. */
  readonly meanLoss: number;
  readonly meanAccuracy: number;
  readonly imagesPerSecond: number;
}

export interface PlacementEvent {
  readonly kind: 'placement';
  readonly placement: Placement | null;
}

export interface EpochEvent extends EpochRecord {
  readonly isBest: boolean;
}

export interface CheckpointEvent {
  readonly kind: 'checkpoint';
  readonly step: number;
  readonly path: string;
}

/** The scalings of gradients have been measured, or are used for the first time. */
export interface ScalingEvent extends ScalingRecord {
  /** What measuring took. */
  readonly seconds: number;
}

/** The model has another structure from now on. */
export interface SurgeryEvent extends SurgeryRecord {
  /** What choosing and making it took. */
  readonly seconds: number;
}

/** The run is over: all epochs are done, or it was asked to stop and can be gone on with. */
export interface EndEvent {
  readonly kind: 'end';
  readonly state: 'finished' | 'stopped';
  readonly step: number;
}

export type TrainEvent =
  | StartEvent
  | StepEvent
  | PlacementEvent
  | EpochEvent
  | ScalingEvent
  | SurgeryEvent
  | CheckpointEvent
  | EndEvent;
