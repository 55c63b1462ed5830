/** A node as people read it. */
export interface NodeSketch {
  readonly opType: string;
  /** `Conv 'stem/conv'`: how messages name it. */
  readonly label: string;
  /** What matters of it in a few words, such as `3×3, 16 → 24, stride 2`; empty where there is nothing to say. */
  readonly detail: string;
  /** Names of the values it reads that vary (no constants), and of those it computes. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Nodes of one model between some values and another, in the order in which they run. */
export interface GraphSketch {
  /** Names of the values it starts from. */
  readonly inputs: readonly string[];
  readonly output: string;
  readonly nodes: readonly NodeSketch[];
}

/** A part of both models between corresponding values, in which their nodes differ: what a merge has rewritten. */
export interface RewrittenPart {
  readonly before: GraphSketch;
  readonly after: GraphSketch;
}

/** How far a value of the second model is from that of the first. */
export interface ValueError {
  /** Largest |b − a|. */
  readonly maxAbsolute: number;
  /** `maxAbsolute` ÷ largest |a|. */
  readonly maxRelative: number;
  /** Above 1 it is more than rounding explains. */
  readonly toleranceUsed: number;
}

/** A pair of values that stand for each other. */
export interface ValueReport {
  /** Names in the first and in the second model. */
  readonly a: string;
  readonly b: string;
  readonly matchedBy: 'interface' | 'name' | 'structure';
  /** `Relu 'stem/relu'`: the node that computes it in the first model. */
  readonly producer: string;
  /** Of whole runs: what all nodes before it have added up. */
  readonly error: ValueError;
  /** When both models get the same values just before it; null where that was not tried. */
  readonly localError: ValueError | null;
}

/** Where two models part: the first value that differs although everything it is computed from agrees. */
export interface Divergence {
  /** Names of the value in both models. */
  readonly a: string;
  readonly b: string;
  /** Labels of the nodes that compute it. */
  readonly nodeA: string;
  readonly nodeB: string;
  readonly error: ValueError;
  /** Where the difference is largest. */
  readonly index: readonly number[];
  readonly expected: string;
  readonly actual: string;
  /** Likely causes in words, the most certain first: never empty. */
  readonly causes: readonly string[];
  readonly part: RewrittenPart;
}

/** What was seen when the values inside two models were compared. */
export interface InsideReport {
  /** In the order in which the first model computes them. */
  readonly values: readonly ValueReport[];
  /** First comes where the models part; others are independent of it. Empty where every value agrees. */
  readonly divergences: readonly Divergence[];
  readonly rewritten: readonly RewrittenPart[];
}
