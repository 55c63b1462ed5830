import { type ImageOptions, type SampleSource, sampleSource } from '../src/data/index.js';
import { allowTf32, resolveDevice, resolveDevices } from '../src/runtime/index.js';
import { type LookInside, toSubject, type VerifyOptions } from '../src/verify/index.js';
import type { VerifyFlags } from './commands/verify.js';

function lookInside({ bisect, report, inside }: VerifyFlags): { readonly inside?: LookInside } {
  if (bisect || (report !== undefined && inside)) return { inside: 'always' };
  return inside ? {} : { inside: 'never' };
}

function imageOptions({ size, fit, scale, mean, std }: VerifyFlags): ImageOptions {
  return {
    ...(size === undefined ? {} : { size: { height: size[0], width: size[1] } }),
    ...(fit === undefined ? {} : { fit }),
    ...(scale === undefined ? {} : { scale }),
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
  };
}

/** The inputs that the user gave for a model, null for none. */
export async function givenSamples(
  model: string,
  flags: VerifyFlags,
): Promise<SampleSource | null> {
  const { input, data, batch, shape } = flags;
  if (input === undefined && data === undefined) return null;
  const { inputs } = await toSubject({ path: model });
  return sampleSource(inputs, {
    ...(input === undefined ? {} : { inputs: input }),
    ...(data === undefined ? {} : { data }),
    ...(batch === undefined ? {} : { batch }),
    ...(shape === undefined ? {} : { shapes: shape }),
    image: imageOptions(flags),
  });
}

/** What the options of the command line ask of the library. */
export async function toVerifyOptions(
  flags: VerifyFlags,
  samples: SampleSource | null,
): Promise<VerifyOptions> {
  const { seed, runs, kinds, shape, output, atol, rtol, ulp, tf32, precision, optimization } =
    flags;
  if (tf32) allowTf32();
  const devices = await resolveDevices(flags.device);
  const reference = await resolveDevice(flags.referenceDevice);
  const given = [atol, rtol, ulp].some((value) => value !== undefined);
  return {
    seed,
    runs,
    reference: { device: reference, optimization: 'disabled' },
    deployments: devices.map((device) => ({ device, optimization })),
    ...lookInside(flags),
    ...(tf32 ? { tf32 } : {}),
    ...(precision === undefined ? {} : { precision }),
    ...(kinds === undefined ? {} : { kinds: kinds.filter((kind) => kind !== 'none') }),
    ...(samples ? { given: samples.samples(), givenCount: samples.count } : {}),
    ...(output === undefined ? {} : { outputs: output }),
    ...(shape === undefined ? {} : { shapes: shape }),
    ...(given ? { tolerance: { absolute: atol ?? 0, relative: rtol ?? 0, ulps: ulp ?? 0 } } : {}),
  };
}
