import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { ReparamError } from '../../src/errors.js';

const usage = (message: string, hint?: string): ReparamError =>
  new ReparamError('usage', message, hint === undefined ? {} : { hint });

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

async function modelsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => extname(name).toLowerCase() === '.onnx');
  if (names.length === 0) throw usage(`${folder} holds no .onnx files`);
  return names.sort().map((name) => join(folder, name));
}

/** Replaces every folder by the .onnx files in it, those of its subfolders not included. */
async function expand(paths: readonly string[]): Promise<string[]> {
  const expanded: string[] = [];
  for (const path of paths) {
    expanded.push(...((await isFolder(path)) ? await modelsIn(path) : [path]));
  }
  return expanded;
}

/** A file to read and the file to write for it. */
export interface Conversion {
  readonly input: string;
  readonly output: string;
}

function intoFolder(inputs: readonly string[], folder: string): Conversion[] {
  const taken = new Map<string, string>();
  return inputs.map((input) => {
    const name = basename(input);
    const other = taken.get(name);
    if (other !== undefined) {
      throw usage(`${other} and ${input} would both be written to ${join(folder, name)}`);
    }
    taken.set(name, input);
    return { input, output: join(folder, name) };
  });
}

export interface Conversions {
  readonly conversions: readonly Conversion[];
  /** True when the outputs go to a folder that does not exist yet. */
  readonly createFolder: boolean;
}

/**
 * Decides where each input goes: one file to the file `output` (or into it, if it is a folder), several files or a
 * folder into the folder `output`.
 * @param output null when nothing is to be written: then every output is an empty string.
 */
export async function planConversions(
  paths: readonly string[],
  output: string | null,
): Promise<Conversions> {
  const inputs = await expand(paths);
  if (output === null) {
    return { conversions: inputs.map((input) => ({ input, output: '' })), createFolder: false };
  }
  const first = paths[0];
  const single = paths.length === 1 && first !== undefined && !(await isFolder(first));
  const target = await stat(output).catch(() => null);
  if (single && !target?.isDirectory() && !/[\\/]$/.test(output)) {
    return { conversions: [{ input: first, output }], createFolder: false };
  }
  if (target && !target.isDirectory()) {
    throw usage(`${output} is a file, but several models need a folder`, 'give a folder with -o');
  }
  return { conversions: intoFolder(inputs, output), createFolder: target === null };
}
