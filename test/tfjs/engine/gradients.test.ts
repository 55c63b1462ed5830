import { expect, test } from 'vitest';
import { branchTypes } from '../../../src/branches/index.js';
import { buildModel } from '../../../src/models/index.js';
import { planStep } from '../../../src/tfjs/engine/plan.js';
import { errors, expectAgreement, ours, theirs } from './compare.js';
import { batchOf, branched, nets, options } from './nets.js';

test.each(nets)('both engines have the same gradients of %s', async (_, net) => {
  await expectAgreement(net(), options, batchOf(1));
});

test('another batch has others', async () => {
  const [[, net]] = nets as [(typeof nets)[number]];
  const a = await theirs(net(), options, batchOf(1));
  const b = await ours(net(), options, batchOf(2));
  expect(Math.min(...errors(a, b).values())).toBeGreaterThan(1e-2);
});

const compared = ['dbb', 'acb'];
/** Made for kernels that the VGG block does not have; their operators are those of the others. */
const others = ['lowrank', 'replknet', 'unireplknet'];
const further = branchTypes
  .map(({ name }) => name)
  .filter((name) => !compared.includes(name) && !others.includes(name));

test.each(further)('of branches of type %s too', async (name) => {
  await expectAgreement(branched(name), options, batchOf(1));
});

test.each(['vgg11', 'resnet20', 'resnet18', 'googlenet', 'mobilenet_v1', 'mobilenet_v2'])(
  '%s has rules for all of its operators',
  (name) => {
    const model = buildModel(name, { image: [3, 64, 64], classes: 3, seed: 1 });
    const plan = planStep(model, { ...options, image: [3, 64, 64], batchSize: 1 });
    expect(plan.forward.parameters.length).toBeGreaterThan(10);
  },
);
