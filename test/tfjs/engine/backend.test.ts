import { expect, test } from 'vitest';
import { ReparamError } from '../../../src/errors.js';
import { openBackend, tfjsPackages } from '../../../src/tfjs/engine/backend.js';

const missing = (name: string): Error =>
  Object.assign(new Error(`Cannot find package '${name}' imported from here`), {
    code: 'ERR_MODULE_NOT_FOUND',
  });

/** Loads some packages, as mocks. */
const having =
  (...names: string[]) =>
  async (name: string): Promise<unknown> => {
    if (!names.includes(name)) throw missing(name);
    return { default: { version_core: '4', env: () => ({ set() {} }), ready: async () => {} } };
  };

test('the fastest package is taken', async () => {
  const all = ['@tensorflow/tfjs', '@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'];
  expect((await openBackend(having(...all))).package).toBe('@tensorflow/tfjs-node-gpu');
  const backend = await openBackend(having(...all.slice(0, 2)));
  expect(backend.package).toBe('@tensorflow/tfjs-node');
  expect(backend.notes.join()).toMatch(/on the CPU .*tfjs-node-gpu not installed/);
});

test('a package that does not load is passed over, with the reason', async () => {
  const backend = await openBackend(async (name) => {
    if (name === '@tensorflow/tfjs-node') throw new TypeError('isNullOrUndefined is no function');
    return having('@tensorflow/tfjs')(name);
  });
  expect(backend.package).toBe('@tensorflow/tfjs');
  expect(backend.notes.join()).toMatch(/tfjs-node does not load: isNullOrUndefined is no function/);
});

test('without any the remedy is named', async () => {
  const error = await openBackend(having()).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ReparamError);
  expect(error).toMatchObject({
    code: 'environment',
    message: 'TensorFlow.js is not installed',
    hint: expect.stringMatching(/^npm install @tensorflow\/tfjs-node \(Node 18 to 22\)/),
  });
});

test('what is installed here computes', async () => {
  const { tf, package: name } = await openBackend();
  expect(tfjsPackages.map((each) => each.name)).toContain(name);
  expect([...tf.add([1, 2], [3, 4]).dataSync()]).toEqual([4, 6]);
});
