import { describe, expect, it } from 'vitest';
import { inputError, internalError } from '../../src/errors.js';
import { allGraphs, printGraph } from '../../src/ir/index.js';
import { decodeModel, type ExternalDataReader, encodeModel } from '../../src/onnx/index.js';
import { fuzz, type Stage, spoiledFile } from './fuzz.js';
import { seedModels } from './seeds.js';

const runs = Number(process.env.FUZZ_RUNS ?? 4000);
const seeds = seedModels();

/** A folder with one file of 1 KiB, under any name. */
const external: ExternalDataReader = {
  open({ location, offset, length }) {
    const byteLength = length ?? 1024 - offset;
    if (byteLength < 0 || offset + byteLength > 1024) throw inputError('too short');
    return { file: location, byteLength, read: () => new Uint8Array(byteLength) };
  },
};

/** What is accepted has all its data, can be written, read again and printed. */
const codec: Stage = (bytes) => {
  const model = decodeModel(bytes, { external });
  for (const graph of allGraphs(model.graph)) {
    for (const { constant } of graph.initializers) {
      if (!constant || constant.dtype === 'string') continue;
      if (constant.bytes.length !== constant.byteLength) throw internalError('bytes are missing');
    }
  }
  printGraph(decodeModel(encodeModel(model)));
};

describe('hostile files', () => {
  it(
    `${runs} spoiled files are read or refused, quickly and in little memory`,
    async () => {
      const { accepted, refused, failures } = await fuzz(codec, { seeds, runs });
      expect(failures).toEqual([]);
      // Both must happen often, or the mutations are too strong or too weak to test anything.
      expect(accepted).toBeGreaterThan(runs / 10);
      expect(refused).toBeGreaterThan(runs / 10);
    },
    Math.max(60_000, 10 * runs),
  );

  it('the same run spoils the same file', () => {
    for (let run = 0; run < 50; run++) {
      expect(spoiledFile(run, seeds)).toEqual(spoiledFile(run, seeds));
    }
    expect(
      new Set(Array.from({ length: 50 }, (_, run) => spoiledFile(run, seeds).join())).size,
    ).toBe(50);
  });

  it('the control: a fault of the program is found', async () => {
    const faulty: Stage = (bytes) => {
      if (bytes.length % 2 === 0) throw new TypeError('x is undefined');
    };
    const { failures } = await fuzz(faulty, { seeds, runs: 50 });
    expect(failures[0]).toContain('TypeError: x is undefined');
    const internal = await fuzz(
      () => {
        throw internalError('fault');
      },
      { seeds, runs: 3 },
    );
    expect(internal.failures).toHaveLength(3);
  });
});
