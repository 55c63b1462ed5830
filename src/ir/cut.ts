import type { Graph } from './graph.js';
import type { TensorType, Value } from './value.js';

/** A graph whose values can be given from outside. */
export interface CutGraph {
  /** Names of the new inputs, by the value whose readers read them now. */
  readonly inputs: ReadonlyMap<Value, string>;
  /** Puts the graph back as it was. */
  restore(): void;
}

/**
 * Cuts a graph into parts that no longer depend on each other: whatever read one of `values`, in subgraphs too, reads
 * a new graph input instead. What computes a value stays, and the graph returns it, so that each part can be run on
 * inputs of one's choice. Graph inputs among the values stay what they are.
 * @param values with the type to declare for the new inputs
 */
export function cutGraph(graph: Graph, values: ReadonlyMap<Value, TensorType>): CutGraph {
  const inputs = new Map<Value, string>();
  const undo: (() => void)[] = [];
  for (const [value, type] of values) {
    if (graph.inputs.includes(value)) continue;
    if (value.users.size > 0) {
      const given = graph.newInput(`${value.name}_given`, type);
      undo.push(() => graph.inputs.splice(graph.inputs.indexOf(given), 1));
      undo.push(redirect(value, given));
      inputs.set(value, given.name);
    }
    undo.push(returnValue(graph, value));
  }
  return {
    inputs,
    restore: () => {
      for (const step of undo.reverse()) step();
    },
  };
}

/** Makes a graph return values that it computes. @returns what undoes it. */
export function exposeValues(graph: Graph, values: Iterable<Value>): () => void {
  const undo = [...values].map((value) => returnValue(graph, value));
  return () => {
    for (const step of undo) step();
  };
}

function redirect(from: Value, to: Value): () => void {
  const readers = [...from.users].map((node) => ({
    node,
    positions: node.inputs.flatMap((input, i) => (input === from ? [i] : [])),
  }));
  const point = (value: Value): void => {
    for (const { node, positions } of readers) {
      for (const position of positions) node.setInput(position, value);
    }
  };
  point(to);
  return () => point(from);
}

function returnValue(graph: Graph, value: Value): () => void {
  if (value.outputOf.has(graph) || graph.inputs.includes(value)) return () => undefined;
  graph.addOutput(value);
  return () => {
    graph.outputs.splice(graph.outputs.indexOf(value), 1);
    value.outputOf.delete(graph);
  };
}
