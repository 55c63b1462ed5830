import { inputError, ReparamError } from '../../errors.js';
import { normal, uniform } from '../../tensor/index.js';
import { centred, type Dataset, examplesOf, type Split } from './examples.js';
import { sharedBytes } from './storage.js';

interface Settings {
  readonly classes: number;
  /** Height and width in pixels. */
  readonly size: number;
  /** Training images; there are a fifth as many to test on. */
  readonly count: number;
  readonly seed: number;
}

const defaults: Settings = { classes: 10, size: 32, count: 5000, seed: 0 };

const limits: Record<keyof Settings, readonly [least: number, most: number]> = {
  classes: [2, 100],
  size: [8, 256],
  count: [5, 1_000_000],
  seed: [0, 2 ** 31 - 1],
};

function parse(location: string): Settings {
  const settings: Record<keyof Settings, number> = { ...defaults };
  for (const part of location === '' ? [] : location.split(',')) {
    const [, key = '', digits = ''] = /^\s*(\w+)=(\d+)\s*$/.exec(part) ?? [];
    if (!Object.hasOwn(settings, key)) {
      throw new ReparamError('usage', `'${part}' is no setting of synthetic data`, {
        hint: `settings are ${Object.entries(defaults)
          .map(([name, value]) => `${name}=${value}`)
          .join(', ')}`,
      });
    }
    const [least, most] = limits[key as keyof Settings];
    const value = Number(digits);
    if (value < least || value > most) {
      throw new ReparamError('usage', `synthetic data take ${key} from ${least} to ${most}`);
    }
    settings[key as keyof Settings] = value;
  }
  const { size, count } = settings;
  if (3 * size * size * count > 2 ** 32) {
    throw inputError(`${count} images of ${size}×${size} pixels take more than 4 GiB`);
  }
  return settings;
}

/** Wavelengths of a class's stripes in pixels: two, told apart by every kernel of 3×3. */
const wavelengths = [3, 6];

/** What one image looks like, its class aside. */
interface Scene {
  readonly random: () => number;
  readonly noise: () => number;
}

const colour = ({ random }: Scene): number[] => [random(), random(), random()];

/**
 * Stripes in a disc on a plain ground. The class is the direction and the width of the stripes; place, size and phase of
 * the disc, all colours and the noise tell nothing about it.
 */
function paint(target: Uint8Array, label: number, { classes, size }: Settings, scene: Scene): void {
  const { random, noise } = scene;
  const directions = Math.ceil(classes / wavelengths.length);
  const angle = (Math.PI * (label % directions)) / directions;
  const frequency = (2 * Math.PI) / (wavelengths[Math.floor(label / directions)] as number);
  const [dx, dy] = [Math.cos(angle) * frequency, Math.sin(angle) * frequency];
  const radius = size * (0.25 + 0.15 * random());
  const place = () => radius + random() * (size - 2 * radius);
  const [cx, cy, phase] = [place(), place(), 2 * Math.PI * random()];
  const [ground, light] = [colour(scene), colour(scene)];
  // The opposite of a colour is never near it, so that stripes can always be seen.
  const dark = light.map((level) => (level + 0.5) % 1);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const inside = (x - cx) ** 2 + (y - cy) ** 2 < radius ** 2;
      const wave = 0.5 + 0.5 * Math.sin(dx * x + dy * y + phase);
      for (let c = 0; c < 3; c++) {
        const stripe = (dark[c] as number) + wave * ((light[c] as number) - (dark[c] as number));
        const level = (inside ? stripe : (ground[c] as number)) + 0.1 * noise();
        target[(c * size + y) * size + x] = 255 * Math.min(1, Math.max(0, level));
      }
    }
  }
}

/** Streams of numbers that have nothing in common. */
const streams: Record<Split, number> = { train: 1, test: 2 };

/**
 * Made-up images that need learning: the mean image of all classes is the same, so that a linear model does little better
 * than chance, while a small convolutional network learns them in a few epochs.
 */
export const synthetic: Dataset = {
  name: 'synthetic',
  title: 'Made-up textures',
  location: 'classes=10,size=32,count=5000,seed=0',
  source: 'made by this program',
  licence: 'none needed',
  async open(location, split) {
    const settings = parse(location);
    const { classes, size, seed } = settings;
    const count = split === 'train' ? settings.count : Math.ceil(settings.count / 5);
    const start = Math.imul(seed, 0x9e3779b1) + streams[split];
    const scene = { random: uniform(start), noise: normal(~start) };
    const pixels = sharedBytes(3 * size * size * count);
    const labels = new Int32Array(count);
    const bytes = 3 * size * size;
    for (let i = 0; i < count; i++) {
      labels[i] = i % classes;
      paint(pixels.subarray(i * bytes, (i + 1) * bytes), i % classes, settings, scene);
    }
    const directions = Math.ceil(classes / wavelengths.length);
    return examplesOf({
      name: 'synthetic',
      split,
      classes: Array.from({ length: classes }, (_, label) => {
        const degrees = Math.round((180 * (label % directions)) / directions);
        return `${degrees}° ${wavelengths[Math.floor(label / directions)]} px`;
      }),
      labels,
      notes: [],
      storage: { kind: 'pixels', shape: [3, size, size], pixels },
      ...centred(3),
    });
  },
};
