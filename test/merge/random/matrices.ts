import { type Dim, float } from '../../../src/ir/index.js';
import { Choices } from '../../reference/choices.js';
import { Impossible, type Known, Network, type RandomModel, sameDims } from './network.js';
import { batchNormalization } from './operators.js';
import type { Decisions } from './search.js';

/** Length of the last axis, which weights can have only where it is fixed. */
function width(x: Known): number {
  const [length = 0, ...others] = new Set(x.dims.map((dims) => dims.at(-1) as number));
  if (others.length > 0) throw new Impossible();
  return length;
}

const withWidth = (x: Known, columns: number): number[][] =>
  x.dims.map((dims) => dims.with(-1, columns));

const isMatrix = (x: Known): boolean => x.dims[0]?.length === 2;

function matMul(net: Network, x: Known, columns: number): Known {
  const weight = net.weights([width(x), columns]);
  return net.result(net.b.op('MatMul', [x.value, weight]), withWidth(x, columns));
}

function gemm(net: Network, x: Known, columns: number): Known {
  const { c } = net;
  const transB = c.below(2);
  const weight = net.weights(transB ? [columns, width(x)] : [width(x), columns]);
  const dims = c.of([columns], [1, columns], [1], []);
  const bias = c.of(true, false)
    ? [net.constant(dims, net.halves(dims.reduce((a, b) => a * b, 1)))]
    : [];
  const value = net.b.op('Gemm', [x.value, weight, ...bias], {
    transB,
    alpha: float(c.of(1, 0.5, -2)),
    beta: float(c.of(1, 2)),
  });
  return net.result(value, withWidth(x, columns));
}

const product = (net: Network, x: Known, columns: number): Known =>
  isMatrix(x) && net.c.of(true, false) ? gemm(net, x, columns) : matMul(net, x, columns);

function elementwise(net: Network, x: Known): Known {
  const { b, c } = net;
  const dims = c.of([width(x)], [1, width(x)], [1], []);
  const length = dims.reduce((a, d) => a * d, 1);
  const shift = () => net.constant(dims, net.halves(length));
  const scale = () =>
    net.constant(
      dims,
      Array.from({ length }, () => c.of(2, -1, 0.5)),
    );
  const inputs = (constant: Known['value']) => c.of([x.value, constant], [constant, x.value]);
  const forms = [
    () => net.like(x, b.op('Add', inputs(shift()))),
    () => net.like(x, b.op('Sub', inputs(shift()))),
    () => net.like(x, b.op('Mul', inputs(scale()))),
    () => net.like(x, b.op('Div', [x.value, scale()])),
    () => net.like(x, b.op('Neg', [x.value])),
    () => net.like(x, b.op('Identity', [x.value])),
    ...(isMatrix(x) ? [() => batchNormalization(net, x, true)] : []),
  ] as const;
  return c.of(...forms)();
}

function chain(net: Network, x: Known): Known {
  let result = x;
  for (let i = net.c.below(3); i > 0; i--) result = elementwise(net, result);
  return result;
}

/** `x·W + x·A·B` and the like: branches of one or two products. */
function branches(net: Network, x: Known): Known {
  const { b, c } = net;
  const columns = c.of(width(x), 1, 2, 3, 5);
  const parts = Array.from({ length: c.of(2, 1, 3) }, () => {
    if (columns === width(x) && c.once(4)) return chain(net, x);
    const start = c.of(true, false) ? x : chain(net, product(net, x, c.of(2, 1, 3, 5)));
    return chain(net, product(net, start, columns));
  });
  const [first, ...others] = parts as [Known, ...Known[]];
  let sum = first;
  for (const part of others)
    sum = net.like(first, b.op(c.of('Add', 'Sub', 'Sum', 'Mean'), [sum.value, part.value]));
  return chain(net, sum);
}

/** Column by column: Split, Slice or Gather, and Concat again. */
function regrouped(net: Network, x: Known): Known {
  const { b, c } = net;
  const columns = width(x);
  const axis = c.of(-1, (x.dims[0]?.length as number) - 1);
  const rows = Array.from({ length: c.between(1, 4) }, () => c.below(columns));
  const gathered = net.result(
    b.op('Gather', [x.value, b.int64s(rows)], { axis }),
    withWidth(x, rows.length),
  );
  const left = chain(net, gathered);
  if (c.of(true, false)) return left;
  const value = b.op('Concat', [left.value, x.value], { axis });
  return net.result(value, withWidth(x, columns + rows.length));
}

/** Channels from the last axis to axis 1, where pointwise maps may follow. */
function transposed(net: Network, x: Known): Known {
  const { b, c } = net;
  const rank = x.dims[0]?.length as number;
  if (rank < 3) return chain(net, x);
  const perm = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
  if (rank === 4 && c.of(false, true)) perm.splice(2, 2, 2, 1);
  const turn = (known: Known): Known =>
    net.result(
      b.op('Transpose', [known.value], { perm }),
      known.dims.map((dims) => perm.map((axis) => dims[axis] as number)),
    );
  const first = turn(product(net, x, 3));
  if (c.of(true, false)) return batchNormalization(net, first, true);
  const second = turn(chain(net, product(net, x, 3)));
  return net.like(first, b.op('Add', [first.value, second.value]));
}

const relu = (net: Network, x: Known): Known => net.like(x, net.b.op('Relu', [x.value]));

function freeJoin(net: Network, x: Known): Known {
  const other = net.c.of(x, ...net.values.filter((known) => sameDims(known, x)));
  return net.like(x, net.b.op('Add', [x.value, other.value]));
}

const steps = [
  branches,
  branches,
  branches,
  regrouped,
  transposed,
  relu,
  freeJoin,
  elementwise,
] as const;

/** A network on `[N, C]`, `[N, T, C]` or `[N, S, T, C]` of Gemm, MatMul and what goes with them. */
export function randomMatrices([header = [], ...rest]: Decisions): RandomModel {
  const c = new Choices(header);
  const net = new Network(c);
  const columns = c.of(3, 1, 2, 4, 6);
  const lead = c.of<Dim[]>(['N'], [2], ['N', 'T'], [2, 3], [1, 'T'], ['N', 2, 'T']);
  const dims = [0, 1].map((more) => [
    ...lead.map((d, i) => (typeof d === 'number' ? d : i + 2 + more)),
    columns,
  ]);
  net.input('x', [...lead, columns], dims);
  if (c.once(4)) net.input('y', [...lead, columns], dims);
  const typed = c.of(false, true);
  for (const numbers of rest) {
    net.decideBy(new Choices(numbers));
    const step = net.c.of(...steps);
    const result = net.attempt(() => step(net, net.any()));
    if (result === null) continue;
    if (net.c.once(12) && result.value.producer) net.b.output(result.value);
    net.keep(result);
  }
  return net.finish(typed);
}
