import type { Graph } from './graph.js';

/** A model-local function (`FunctionProto`). Its body is carried through by the codec. */
export interface FunctionIdentity {
  readonly domain: string;
  readonly name: string;
  readonly overload: string;
}

export interface Model {
  irVersion: number;
  /** Operator set version by domain; '' is the ONNX set. */
  readonly opsets: Map<string, number>;
  producerName: string;
  producerVersion: string;
  readonly metadata: Map<string, string>;
  readonly functions: FunctionIdentity[];
  readonly graph: Graph;
}

export function createModel(
  graph: Graph,
  opset: number,
  irVersion = oldestIrVersion(opset),
): Model {
  return {
    irVersion,
    opsets: new Map([['', opset]]),
    producerName: 'onnx-reparam',
    producerVersion: '',
    metadata: new Map(),
    functions: [],
    graph,
  };
}

/** The oldest IR version that may carry an opset, as the ONNX release table pairs them. */
export function oldestIrVersion(opset: number): number {
  if (opset >= 21) return 10;
  if (opset >= 19) return 9;
  if (opset >= 15) return 8;
  if (opset >= 12) return 7;
  return 4;
}

export const onnxOpset = (model: Model): number => model.opsets.get('') ?? 1;
