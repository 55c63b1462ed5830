import type { Tensor } from '../tensor/index.js';
import type { Graph } from './graph.js';

/**
 * An operator attribute (`AttributeProto`). `other` stands for kinds that no rule reads (sparse tensors, type protos,
 * references to a function's attributes): they are carried through by the codec.
 */
export type Attribute =
  | { readonly kind: 'int' | 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints' | 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  | { readonly kind: 'tensors'; readonly value: readonly Tensor[] }
  | { readonly kind: 'graph'; readonly value: Graph }
  | { readonly kind: 'graphs'; readonly value: readonly Graph[] }
  | { readonly kind: 'other'; readonly value: null };

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const string = (value: string): Attribute => ({ kind: 'string', value });
export const tensor = (value: Tensor): Attribute => ({ kind: 'tensor', value });
