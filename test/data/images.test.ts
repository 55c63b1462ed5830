import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { scalingTo } from '../../src/data/images/geometry.js';
import { decodeImage, type ImageOptions, type ImageTarget } from '../../src/data/index.js';
import { problemOf } from './problems.js';

const rgb: ImageTarget = {
  dtype: 'float32',
  channels: 3,
  channelsLast: false,
  height: null,
  width: null,
};
const bytesTarget = { ...rgb, dtype: 'uint8' } as const;

/** An image of 2 rows of 3 pixels; channel c of pixel i is 40·i + c. */
const pixels = Uint8Array.from({ length: 18 }, (_, i) => 40 * Math.floor(i / 3) + (i % 3));
const raw = { height: 2, width: 3, channels: 3 } as const;
const png = await sharp(pixels, { raw }).png().toBuffer();

/** Two pixels of 32-bit floats, as Pillow writes them. */
const floatTiff =
  'SUkqAAgAAAAKAAABBAABAAAAAgAAAAEBBAABAAAAAQAAAAIBAwABAAAAIAAAAAMBAwABAAAAAQAAAAYBAwABAAAA' +
  'AQAAABEBBAABAAAAhgAAABYBBAABAAAAAQAAABcBBAABAAAACAAAABwBAwABAAAAAQAAAFMBAwABAAAAAwAAAAAA' +
  'AAAAAAA/AAAAQA==';

const values = async (bytes: Uint8Array, target: ImageTarget, options?: ImageOptions) => [
  ...(await decodeImage(bytes, 'a.png', target, options)).toNumbers(),
];
const problem = (bytes: Uint8Array, target = rgb, options: ImageOptions = {}) =>
  problemOf(() => decodeImage(bytes, 'a.png', target, options));

describe('values', () => {
  it('0 to 255 become 0 to 1, channels first', async () => {
    const tensor = await decodeImage(png, 'a.png', rgb);
    expect(tensor.dims).toEqual([1, 3, 2, 3]);
    const expected = [0, 1, 2].flatMap((c) => [0, 40, 80, 120, 160, 200].map((v) => (v + c) / 255));
    expect([...tensor.toNumbers()]).toEqual(expected.map(Math.fround));
  });

  it('channels last', async () => {
    const tensor = await decodeImage(png, 'a.png', { ...rgb, channelsLast: true });
    expect(tensor.dims).toEqual([1, 2, 3, 3]);
    expect([...tensor.toNumbers()]).toEqual([...pixels].map((v) => Math.fround(v / 255)));
  });

  it('integer inputs take 0 to 255', async () => {
    const tensor = await decodeImage(png, 'a.png', { ...bytesTarget, channelsLast: true });
    expect(tensor.bytes).toEqual(pixels);
    const wide = { ...rgb, dtype: 'int64', channelsLast: true } as const;
    expect(await values(png, wide)).toEqual([...pixels]);
  });

  it('mean and std a channel, after the scale', async () => {
    const options = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    const found = await values(png, rgb, options);
    expect(found[6 + 2]).toBe(Math.fround((81 / 255 - 0.456) / 0.224));
    expect(await values(png, rgb, { scale: 1, mean: [127.5], std: [127.5] })).toContain(-1);
  });

  it('colours become luma, grey becomes three equal channels', async () => {
    const grey = { ...bytesTarget, channels: 1 } as const;
    expect((await decodeImage(png, 'a.png', grey)).dims).toEqual([1, 1, 2, 3]);
    expect(await values(png, { ...grey, dtype: 'float64' }, { scale: 1 })).toContain(
      (299 * 40 + 587 * 41 + 114 * 42) / 1000,
    );
    const one = { raw: { height: 1, width: 2, channels: 1 } } as const;
    const file = await sharp(Uint8Array.of(7, 200), one).toColourspace('b-w').png().toBuffer();
    expect(await values(file, grey)).toEqual([7, 200]);
    expect(await values(file, bytesTarget)).toEqual([7, 200, 7, 200, 7, 200]);
  });

  it('transparent pixels keep their colours', async () => {
    const four = { raw: { height: 1, width: 2, channels: 4 } } as const;
    const file = await sharp(Uint8Array.of(10, 20, 30, 0, 40, 50, 60, 128), four)
      .png()
      .toBuffer();
    expect(await values(file, bytesTarget)).toEqual([10, 40, 20, 50, 30, 60]);
    // And do not darken their neighbours when the image is scaled.
    const scaled = await values(file, { ...bytesTarget, height: 1, width: 1 }, { fit: 'stretch' });
    expect(scaled).toEqual([25, 35, 45]);
  });

  it('16 bits keep their fractions, unless the input is uint8', async () => {
    const wide = Uint16Array.of(0, 257, 300, 65535, 1, 128);
    const two = { raw: { height: 1, width: 2, channels: 3 } } as const;
    const file = await sharp(wide, two).toColourspace('rgb16').png().toBuffer();
    const found = await values(file, { ...rgb, dtype: 'float64', channelsLast: true });
    expect(found).toEqual([...wide].map((v) => (v / 257) * (1 / 255)));
    const rounded = await values(file, { ...bytesTarget, channelsLast: true });
    expect(rounded).toEqual([0, 1, 1, 255, 0, 0]);
    const stretched = { ...rgb, channelsLast: true, height: 2, width: 4 };
    expect(Math.max(...(await values(file, stretched, { scale: 1 })))).toBe(255);
    expect((await values(file, stretched, { scale: 1 })).some((v) => !Number.isInteger(v))).toBe(
      true,
    );
  });
});

describe('size', () => {
  it.each([
    [[480, 640], [224, 224], 'crop', [224, 298], [0, 37]],
    [[640, 480], [224, 224], 'crop', [298, 224], [37, 0]],
    [[500, 375], [256, 256], 'crop', [341, 256], [42, 0]],
    [[100, 300], [50, 100], 'crop', [50, 150], [0, 25]],
    [[300, 300], [50, 100], 'crop', [100, 100], [25, 0]],
    [[10, 10], [20, 20], 'crop', [20, 20], [0, 0]],
    [[480, 640], [224, 224], 'stretch', [224, 224], [0, 0]],
  ] as const)('%j to %j by %s', ([h, w], [height, width], fit, scaled, [top, left]) => {
    expect(scalingTo({ height: h, width: w }, { height, width }, fit)).toEqual({
      scaled: { height: scaled[0], width: scaled[1] },
      top,
      left,
    });
  });

  it('the middle is kept', async () => {
    // The outer columns of three are cut off: 2 rows of 3 pixels become 2 by 1.
    const found = await values(png, { ...bytesTarget, height: 2, width: 1, channelsLast: true });
    expect(found).toEqual([40, 41, 42, 160, 161, 162]);
  });

  it("the model's size comes before the given one, that before the image's", async () => {
    const size = { height: 8, width: 4 };
    expect((await decodeImage(png, 'a.png', rgb, { size })).dims).toEqual([1, 3, 8, 4]);
    const fixed = { ...rgb, height: 5, width: 6 };
    expect((await decodeImage(png, 'a.png', fixed, { size })).dims).toEqual([1, 3, 5, 6]);
  });

  it('flat colours stay what they are, however they are scaled', async () => {
    const background = { r: 200, g: 100, b: 50 };
    const file = await sharp({ create: { width: 97, height: 31, channels: 3, background } })
      .png()
      .toBuffer();
    const found = await values(file, { ...bytesTarget, height: 20, width: 20, channelsLast: true });
    expect(new Set(found)).toEqual(new Set([200, 100, 50]));
  });

  it('EXIF turns images', async () => {
    const file = await sharp(png).withMetadata({ orientation: 6 }).png().toBuffer();
    const tensor = await decodeImage(file, 'a.png', bytesTarget);
    expect(tensor.dims).toEqual([1, 3, 3, 2]);
    expect([...tensor.toNumbers()].slice(0, 6)).toEqual([120, 0, 160, 40, 200, 80]);
  });
});

describe('formats', () => {
  const jpeg = { quality: 100, chromaSubsampling: '4:4:4' };
  it.each([
    ['jpeg', jpeg, 2],
    ['webp', { lossless: true }, 0],
    ['gif', {}, 0],
    ['tiff', { compression: 'lzw' }, 0],
    ['avif', { lossless: true }, 4],
  ] as const)('%s', async (format, options, most) => {
    const file = await sharp(pixels, { raw }).toFormat(format, options).toBuffer();
    const found = await values(file, { ...bytesTarget, channelsLast: true });
    const off = found.map((value, i) => Math.abs(value - pixels[i]!));
    expect(Math.max(...off)).toBeLessThanOrEqual(most);
  });

  it('CMYK', async () => {
    const background = { r: 200, g: 100, b: 50 };
    const create = { width: 8, height: 8, channels: 3, background } as const;
    const file = await sharp({ create }).toColourspace('cmyk').jpeg().toBuffer();
    const [red = 0, green = 0, blue = 0] = await values(file, {
      ...bytesTarget,
      channelsLast: true,
    });
    expect([red > green, green > blue]).toEqual([true, true]);
  });

  it('the first frame of an animation', async () => {
    const frames = await sharp([png, await sharp(png).negate().png().toBuffer()], {
      join: { animated: true },
    })
      .webp({ lossless: true })
      .toBuffer();
    expect(await values(frames, { ...bytesTarget, channelsLast: true })).toEqual([...pixels]);
  });
});

describe('what cannot be decoded', () => {
  it.each([
    ['an empty file', new Uint8Array()],
    ['text', new TextEncoder().encode('hello, world')],
    [
      'an SVG file',
      new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    ],
  ])('%s', async (_, bytes) => {
    expect(await problem(bytes)).toMatch(/^a\.png is no image that can be decoded: /);
  });

  it('a file that ends early', async () => {
    for (let length = 0; length < png.length - 12; length++) {
      expect(await problem(png.subarray(0, length))).toMatch(/^a\.png is no image/);
    }
    const background = { r: 9, g: 99, b: 200 };
    const jpeg = await sharp({ create: { width: 64, height: 64, channels: 3, background } })
      .jpeg()
      .toBuffer();
    for (let length = 0; length < jpeg.length - 2; length += 16) {
      expect(await problem(jpeg.subarray(0, length))).toMatch(/^a\.png is no image/);
    }
  });

  it('any byte replaced: read or refused', async () => {
    const small = { ...rgb, height: 8, width: 8 };
    for (let i = 0; i < png.length; i++) await problem(new Uint8Array(png).with(i, 0xff), small);
  });

  it('pixels that are floats', async () => {
    const floats = Buffer.from(floatTiff, 'base64');
    expect(await problem(floats)).toBe('a.png holds pixels of type float, which are no colours');
  });

  it('a header that claims more pixels than anyone has', async () => {
    const bytes = new Uint8Array(png);
    new DataView(bytes.buffer).setUint32(16, 0x7fffffff);
    expect(await problem(bytes)).toMatch(/^a\.png is no image/);
  });
});

describe('options that do not fit', () => {
  it.each([
    [{ mean: [1, 2] }, rgb, '2 numbers were given as mean of images of 3 channels'],
    [
      { std: [1, 2, 3] },
      { ...rgb, channels: 1 } as const,
      '3 numbers were given as std of images of one channel',
    ],
    [{ std: [1, 0, 1] }, rgb, 'std must not be 0'],
    [{ scale: 1 }, bytesTarget, /^scale, mean and std are for floating-point inputs/],
  ])('%j', async (options, target, message) => {
    expect(await problem(png, target, options)).toMatch(message);
  });
});

describe('without sharp', () => {
  afterEach(() => vi.doUnmock('sharp'));

  it('says what is missing', async () => {
    vi.resetModules();
    vi.doMock('sharp', () => {
      throw new Error('Could not load the "sharp" module using the linux-x64 runtime');
    });
    const { decodeImage: decode } = await import('../../src/data/index.js');
    await expect(decode(png, 'a.png', rgb)).rejects.toMatchObject({
      code: 'environment',
      message: 'images need the package sharp, which does not load',
      hint: 'npm install --include=optional sharp',
    });
  });
});
