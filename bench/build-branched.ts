/** Builds a branched network and saves it: `node build-branched.js FAMILY MEGABYTES|- PATH`. */
import { dbbResNet18, mobileOneNet, repvggNet } from '../fixtures/builders/index.js';
import { countParameters, type Model } from '../src/ir/index.js';
import { saveModel } from '../src/onnx/index.js';

/** Networks for ImageNet, their widths multiplied by `scale`. */
export const families: Readonly<Record<string, (scale: number) => Model>> = {
  repvgg: (scale) => repvggNet({ widths: widths([48, 48, 96, 192, 1280], scale) }),
  dbb: (scale) => dbbResNet18({ widths: widths([64, 128, 256, 512], scale) }),
  mobileone: (scale) => mobileOneNet({ widths: widths([48, 48, 128, 256, 1024], scale) }),
};

const widths = (original: readonly number[], scale: number): number[] =>
  original.map((width) => 8 * Math.max(1, Math.round((width * scale) / 8)));

const megabytes = (model: Model): number => (4 * countParameters(model)) / 1e6;

/** The scale that gives a size: convolutions grow with its square, the classifier in proportion to it. */
function scaleFor(build: (scale: number) => Model, size: number): number {
  const [small, large] = [0.25, 0.5];
  const [first, second] = [megabytes(build(small)), megabytes(build(large))];
  const square = (second / large - first / small) / (large - small);
  const linear = first / small - square * small;
  return (Math.sqrt(linear ** 2 + 4 * square * size) - linear) / (2 * square);
}

const [, , family = '', size = '', path = ''] = process.argv;
const build = families[family];
if (!build || path === '' || !(size === '-' || Number(size) > 0)) {
  throw new Error(`cannot build '${family}' of '${size}' megabytes at '${path}'`);
}
await saveModel(build(size === '-' ? 1 : scaleFor(build, Number(size))), path);
