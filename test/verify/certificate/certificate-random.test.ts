import { expect, it } from 'vitest';
import { compareModels } from '../../../src/verify/index.js';
import { randomBlocks } from '../../merge/random/blocks-of-elements.js';
import { randomImages } from '../../merge/random/images.js';
import { randomMatrices } from '../../merge/random/matrices.js';
import { search } from '../../merge/random/search.js';
import { CertifiedMerge, failures, scaleLargest } from './certified.js';

const runs = Number(process.env.CERTIFICATE_RUNS ?? 20);

it.each([
  ['images', randomImages],
  ['matrices', randomMatrices],
  ['blocks of elements', randomBlocks],
] as const)('random %s: honest merges pass, and no other function does', async (_, build) => {
  let forgeries = 0;
  await search({ seed: 5, runs, steps: 4, length: 100 }, async (decisions) => {
    const merge = await CertifiedMerge.of(build(decisions).model);
    const { certificate, original, merged } = merge;
    expect(failures(await merge.check())).toEqual({});
    if (certificate.regions.length > 0) {
      let spoiled = false;
      const forged = await merge.forge(({ graph }) => {
        const weights = [...graph.initializers].filter(
          ({ constant }) => constant?.dtype === 'float32' && constant.toNumbers().some(Boolean),
        );
        // Networks of other types have none: they are only checked as they are.
        spoiled = weights.length > 0;
        if (spoiled) scaleLargest(weights[forgeries % weights.length], 1.05);
      });
      const { status } = await merge.check(forged);
      // Weights that meet nothing but padding may be anything.
      const differ = (await compareModels({ path: original }, { path: merged })).status;
      if (spoiled && status === 'valid') expect(differ).toBe('equal');
      if (status === 'invalid') forgeries++;
    }
    merge.remove();
  });
  expect(forgeries).toBeGreaterThan(runs / 4);
});
