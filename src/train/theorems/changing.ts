import { scalingName } from '../../optimizers/index.js';
import { Distance } from './compare.js';
import { always, sgd } from './experiment.js';
import type { Factors } from './network/merged.js';
import { type Layer, network, plainNetwork } from './network/network.js';
import { scaled } from './network/scaled.js';
import { window } from './network/window.js';
import { type Context, type Side, start } from './side.js';
import { exact, fails, type Theorem } from './theorem.js';
import type { Values } from './trainer.js';

/** Scales of the 3×3 and of the 1×1. */
type Scales = readonly [number, number];

const scales: readonly [Scales, ...Scales[]] = [
  [1, 1.5],
  [0.75, 0.5],
  [1.25, 2],
  [1, 0.75],
];

function sideWith([full, point]: Scales): Side {
  const branches = [scaled(full, window(3, 3)), scaled(point, window(1, 1))];
  const layers: Layer[] = [{ branches }, { branches, stride: 2 }];
  const options = { momentum: 0.9 };
  return { network: network(layers), optimizer: sgd, options, rate: always(0.02) };
}

/** Divides weights, and momentum too if asked, by how much the branches' scales grow: so their sums stay. */
function split(state: Values, from: Scales, to: Scales, withMomentum: boolean): Values {
  return new Map(
    [...state].map(([name, values]) => {
      const [, slot, branch] = /^(momentum\.)?conv\d\.(\d)\./.exec(name) ?? [];
      if (branch === undefined || (slot !== undefined && !withMomentum)) return [name, values];
      const factor = (from[Number(branch)] as number) / (to[Number(branch)] as number);
      return [name, values.map((value) => value * factor)];
    }),
  );
}

const heldScaling = (scaling: ReadonlyMap<string, Factors>): Values =>
  new Map([...scaling].map(([name, { values }]) => [scalingName(name), values]));

/** Trains branches whose scales change, opened anew each time, and a convolution whose G is replaced. */
async function changing(context: Context, withMomentum: boolean): Promise<number> {
  const stepsEach = Math.ceil((context.steps ?? 40) / scales.length);
  const first = sideWith(scales[0]);
  const plain = await start(context, {
    ...first,
    network: plainNetwork(first.network),
    scaling: first.network.scaling(),
  });
  try {
    const origin = first.network.merged(first.network.start);
    await plain.moveTo(origin);
    const distance = new Distance(origin);
    let state: Values = first.network.start;
    for (const [i, set] of scales.entries()) {
      const next = sideWith(set);
      const one = await start(context, next);
      try {
        one.trainer.setState(split(state, scales[i - 1] ?? set, set, withMomentum));
        plain.trainer.setState(heldScaling(next.network.scaling()));
        for (let step = i * stepsEach + 1; step <= (i + 1) * stepsEach; step++) {
          await one.learn(step);
          await plain.learn(step);
          distance.add(await one.merged(), await plain.merged());
        }
        state = await one.trainer.state();
      } finally {
        await one.trainer.release();
      }
    }
    return distance.worst;
  } finally {
    await plain.trainer.release();
  }
}

/** A G that changes while the network learns. */
export const changingScaling: readonly Theorem[] = [
  exact('T20', 'G may change, if weights and momentum are split into branches anew', (c) =>
    changing(c, true),
  ),
  fails('C10', 'G changes, and only the weights are split anew', null, (c) => changing(c, false)),
];
