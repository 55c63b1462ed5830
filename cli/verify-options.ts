import { allowTf32, resolveDevice } from '../src/runtime/index.js';
import type { LookInside, VerifyOptions } from '../src/verify/index.js';
import type { VerifyFlags } from './commands/verify.js';

function lookInside({ bisect, report, inside }: VerifyFlags): { readonly inside?: LookInside } {
  if (bisect || (report !== undefined && inside)) return { inside: 'always' };
  return inside ? {} : { inside: 'never' };
}

/** What the options of the command line ask of the library. */
export async function toVerifyOptions(flags: VerifyFlags): Promise<VerifyOptions> {
  const { seed, runs, kinds, shape, output, atol, rtol, ulp, tf32, precision, optimization } =
    flags;
  if (tf32) allowTf32();
  const devices = new Set(await Promise.all(flags.device.map(resolveDevice)));
  const reference = await resolveDevice(flags.referenceDevice);
  const given = [atol, rtol, ulp].some((value) => value !== undefined);
  return {
    seed,
    runs,
    reference: { device: reference, optimization: 'disabled' },
    deployments: [...devices].map((device) => ({ device, optimization })),
    ...lookInside(flags),
    ...(tf32 ? { tf32 } : {}),
    ...(precision === undefined ? {} : { precision }),
    ...(kinds === undefined ? {} : { kinds }),
    ...(output === undefined ? {} : { outputs: output }),
    ...(shape === undefined ? {} : { shapes: shape }),
    ...(given ? { tolerance: { absolute: atol ?? 0, relative: rtol ?? 0, ulps: ulp ?? 0 } } : {}),
  };
}
