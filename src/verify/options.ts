import type { SessionOptions } from '../runtime/index.js';
import type { DataType, Tensor } from '../tensor/index.js';
import type { Tolerance } from './compare/compare.js';
import type { InputKind } from './inputs/inputs.js';
import type { ShapeOverrides } from './inputs/shapes.js';
import type { OutputPair } from './select-outputs.js';

/** Inputs that the user gave. */
export interface GivenInputs {
  readonly source: string;
  readonly inputs: ReadonlyMap<string, Tensor>;
}

export interface CompareOptions {
  /** Seed of the first round of runs, 0 by default; every further round takes the next. */
  readonly seed?: number;
  /** How often each kind of input is drawn; 1 by default. */
  readonly runs?: number;
  /** All kinds by default; none means given inputs only. */
  readonly kinds?: readonly InputKind[];
  /** Whether other sizes are tried where lengths are open; true by default. */
  readonly sizes?: boolean;
  /** Shapes for inputs with open lengths; found by trying where they are not given. */
  readonly shapes?: ShapeOverrides;
  /** Runs beside the seeded ones, by the names of the first model's inputs. */
  readonly given?: AsyncIterable<GivenInputs> | Iterable<GivenInputs>;
  /** How many they are, for the progress. */
  readonly givenCount?: number;
  /** Replaces the derived bound of floating-point outputs. */
  readonly tolerance?: Partial<Tolerance>;
  /** How the first model runs: on the CPU, node by node, by default. */
  readonly reference?: SessionOptions;
  /** How the second model runs: on the CPU with all optimizations, by default. */
  readonly deployments?: readonly SessionOptions[];
  /** Whether float32 products may be rounded to TF32, as they are where the runtime was told so. */
  readonly tf32?: boolean;
  /** The coarser type in which the second model may compute, where that is no fault: float16 for a float16 export. */
  readonly precision?: DataType;
  readonly onProgress?: (done: number, total: number) => void;
}

/** When the values inside two models are compared too. */
export type LookInside = 'never' | 'when equal' | 'always';

export interface VerifyOptions extends CompareOptions {
  /** Values to compare in place of all outputs, those inside the models too. */
  readonly outputs?: readonly OutputPair[];
  /**
   * A small fault in one weight of millions may drown in the rounding errors of the outputs, but not in those of its
   * own layer: by default, models that seem equal are looked into, unless the caller's tolerance decides.
   */
  readonly inside?: LookInside;
  /** Called when the outputs have been compared and the values inside come next. */
  readonly onInside?: () => void;
}
