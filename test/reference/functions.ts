import type { Node } from '../../src/ir/index.js';

type Unary = (x: number) => number;

/** The error function, by `2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·5 … (2n+1))`: no term cancels another. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const sigmoid: Unary = (x) => 1 / (1 + Math.exp(-x));
const softplus: Unary = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const clamp = (x: number): number => Math.max(0, Math.min(1, x));
/** The default attributes of Selu are float32 numbers. */
const selu = { alpha: Math.fround(1.6732632423543772), gamma: Math.fround(1.0507009873554805) };

const plain: Readonly<Record<string, Unary>> = {
  Abs: Math.abs,
  Cos: Math.cos,
  Erf: erf,
  Exp: Math.exp,
  HardSwish: (x) => x * clamp(x / 6 + 0.5),
  Identity: (x) => x,
  Log: Math.log,
  Mish: (x) => x * Math.tanh(softplus(x)),
  Neg: (x) => -x,
  Reciprocal: (x) => 1 / x,
  Relu: (x) => Math.max(0, x),
  Sigmoid: sigmoid,
  Sin: Math.sin,
  Softplus: softplus,
  Softsign: (x) => x / (1 + Math.abs(x)),
  Sqrt: Math.sqrt,
  Tanh: Math.tanh,
};

const gelu =
  (node: Node): Unary =>
  (x) =>
    node.string('approximate', 'none') === 'tanh'
      ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : 0.5 * x * (1 + erf(x / Math.SQRT2));

const parametric: Readonly<Record<string, (node: Node) => Unary>> = {
  Celu(node) {
    const alpha = node.float('alpha', 1);
    return (x) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha));
  },
  Elu(node) {
    const alpha = node.float('alpha', 1);
    return (x) => (x > 0 ? x : alpha * Math.expm1(x));
  },
  Gelu: gelu,
  HardSigmoid(node) {
    const [alpha, beta] = [node.float('alpha', 0.2), node.float('beta', 0.5)];
    return (x) => clamp(alpha * x + beta);
  },
  LeakyRelu(node) {
    const alpha = node.float('alpha', 0.01);
    return (x) => (x > 0 ? x : alpha * x);
  },
  Selu(node) {
    const [alpha, gamma] = [node.float('alpha', selu.alpha), node.float('gamma', selu.gamma)];
    return (x) => gamma * (x > 0 ? x : alpha * Math.expm1(x));
  },
  ThresholdedRelu(node) {
    const alpha = node.float('alpha', 1);
    return (x) => (x > alpha ? x : 0);
  },
};

/** The function that an operator applies to each element of its operand; null for all other operators. */
export function elementFunction(node: Node): Unary | null {
  return plain[node.opType] ?? parametric[node.opType]?.(node) ?? null;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const bit = (condition: boolean): number => (condition ? 1 : 0);

type Combine = (values: readonly number[]) => number;

const binary =
  (f: (a: number, b: number) => number): Combine =>
  ([a = 0, b = 0]) =>
    f(a, b);

/** Operators that combine the elements of their operands that meet when they are broadcast. */
export const combinations: Readonly<Record<string, Combine>> = {
  Add: binary((a, b) => a + b),
  Div: binary((a, b) => a / b),
  Equal: binary((a, b) => bit(a === b)),
  Greater: binary((a, b) => bit(a > b)),
  GreaterOrEqual: binary((a, b) => bit(a >= b)),
  Less: binary((a, b) => bit(a < b)),
  LessOrEqual: binary((a, b) => bit(a <= b)),
  Max: (values) => Math.max(...values),
  Mean: (values) => sum(values) / values.length,
  Min: (values) => Math.min(...values),
  Mul: binary((a, b) => a * b),
  Pow: binary((a, b) => a ** b),
  PRelu: binary((x, slope) => (x > 0 ? x : slope * x)),
  Sub: binary((a, b) => a - b),
  Sum: sum,
  Where: ([condition, yes = 0, no = 0]) => (condition ? yes : no),
};
