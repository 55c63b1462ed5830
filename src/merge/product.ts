import { GraphBuilder } from '../ir/index.js';
import type { MatrixProduct } from '../linear/index.js';
import { openSession, type Session } from '../runtime/index.js';
import { Tensor } from '../tensor/index.js';

/** Below this many multiply-accumulates a session's overhead outweighs its speed. */
const worthwhile = 1 << 20;

/** Row-major product in plain loops. */
export function plainProduct(
  a: Float64Array,
  b: Float64Array,
  m: number,
  k: number,
  n: number,
): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const factor = a[i * k + p] as number;
      if (factor === 0) continue;
      for (let j = 0; j < n; j++) {
        out[i * n + j] = (out[i * n + j] as number) + factor * (b[p * n + j] as number);
      }
    }
  }
  return out;
}

const bytesOf = (values: Float64Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Products in float64, large ones by onnxruntime's MatMul. Call `release` when done. */
export class Products {
  #session: Promise<Session> | null = null;

  readonly product: MatrixProduct = async (a, b, m, k, n) => {
    if (m * k * n < worthwhile) return plainProduct(a, b, m, k, n);
    this.#session ??= openSession(productModel());
    const session = await this.#session;
    const results = await session.run(
      new Map([
        ['a', new Tensor('float64', [m, k], bytesOf(a))],
        ['b', new Tensor('float64', [k, n], bytesOf(b))],
      ]),
    );
    const { bytes } = [...results.values()][0] as Tensor;
    return new Float64Array(bytes.buffer, bytes.byteOffset, m * n);
  };

  async release(): Promise<void> {
    const session = await this.#session;
    this.#session = null;
    await session?.release();
  }
}

function productModel() {
  const builder = new GraphBuilder();
  const a = builder.input('a', ['m', 'k'], 'float64');
  const b = builder.input('b', ['k', 'n'], 'float64');
  builder.output(builder.op('MatMul', [a, b]));
  return builder.model(13);
}
