import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder, type Model } from '../../src/ir/index.js';
import { encodeModel, saveModel } from '../../src/onnx/index.js';
import { type Session, SessionPool } from '../../src/runtime/index.js';
import { Tensor } from '../../src/tensor/index.js';

/** y = x + addend, about 4 kB. */
function model(addend: number): Model {
  const b = new GraphBuilder();
  const weights = new Float32Array(1000).fill(addend);
  b.output(b.op('Add', [b.input('x', [1]), b.floats([1000], weights, 'weights')]));
  return b.model();
}

const feeds = new Map([['x', Tensor.fromNumbers('float32', [1], [1])]]);
const sum = async (session: Session): Promise<number> =>
  [...(await session.run(feeds)).values()][0]!.toNumbers()[0]!;
const self = async (session: Session): Promise<Session> => session;

/** Released after each test. */
const pools: SessionPool[] = [];
function openPool(budget?: number): SessionPool {
  const pool = new SessionPool(budget === undefined ? {} : { budget });
  pools.push(pool);
  return pool;
}
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.release())));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pool-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('SessionPool', () => {
  it('opens a model once for the same options', async () => {
    const pool = openPool();
    const source = model(1);
    const [a, b] = await Promise.all([pool.use(source, {}, self), pool.use(source, {}, self)]);
    expect(b).toBe(a);
    expect(await pool.use(source, { device: 'cpu', optimization: 'all' }, self)).toBe(a);
    expect(await pool.use(source, { optimization: 'disabled' }, self)).not.toBe(a);
    expect(await pool.use(model(1), {}, self)).not.toBe(a);
    expect(await pool.use(source, {}, sum)).toBe(2);
  });

  it('knows files by their path, and bytes by identity', async () => {
    const pool = openPool();
    const path = join(folder, 'model.onnx');
    const bytes = encodeModel(model(2));
    writeFileSync(path, bytes);
    const a = await pool.use({ path }, {}, self);
    expect(await pool.use({ path }, {}, self)).toBe(a);
    const b = await pool.use(bytes, {}, self);
    expect(await pool.use(bytes, {}, self)).toBe(b);
    expect(await pool.use(bytes.slice(), {}, self)).not.toBe(b);
  });

  it('releases what was not used the longest, beyond the budget', async () => {
    const pool = openPool(10_000);
    const [one, two, three] = [model(1), model(2), model(3)];
    const first = await pool.use(one, {}, self);
    const second = await pool.use(two, {}, self);
    await pool.use(one, {}, sum);
    await pool.use(three, {}, sum);
    await expect(sum(second)).rejects.toThrow();
    expect(await pool.use(one, {}, self)).toBe(first);
    expect(await sum(first)).toBe(2);
    expect(await pool.use(two, {}, sum)).toBe(3);
  });

  it('counts external data', async () => {
    const pool = openPool(10_000);
    const paths = [1, 2, 3].map((addend) => join(folder, `external-${addend}.onnx`));
    for (const path of paths) await saveModel(model(1), path, { externalData: true });
    const first = await pool.use({ path: paths[0]! }, {}, self);
    for (const path of paths) await pool.use({ path }, {}, sum);
    await expect(sum(first)).rejects.toThrow();
  });

  it('keeps a session open while it is in use, whatever its size', async () => {
    const pool = openPool(0);
    const one = model(1);
    const kept = await pool.use(one, {}, async (session) => {
      await pool.use(model(2), {}, sum);
      expect(await sum(session)).toBe(2);
      await pool.release();
      expect(await sum(session)).toBe(2);
      return session;
    });
    await expect(sum(kept)).rejects.toThrow();
    expect(await pool.use(one, {}, sum)).toBe(2);
  });

  it('releases everything on demand', async () => {
    const pool = openPool();
    const sessions: Session[] = [];
    for (const addend of [1, 2]) sessions.push(await pool.use(model(addend), {}, self));
    expect(await sum(sessions[0]!)).toBe(2);
    await pool.release();
    for (const session of sessions) await expect(sum(session)).rejects.toThrow();
  });

  it('passes errors on, and tries again', async () => {
    const pool = openPool();
    const path = join(folder, 'later.onnx');
    await expect(pool.use({ path }, {}, sum)).rejects.toThrow('no such file');
    writeFileSync(path, encodeModel(model(1)));
    expect(await pool.use({ path }, {}, sum)).toBe(2);
    const failing = () => Promise.reject(new Error('of the action'));
    await expect(pool.use({ path }, {}, failing)).rejects.toThrow('of the action');
    expect(await pool.use({ path }, {}, sum)).toBe(2);
  });
});
