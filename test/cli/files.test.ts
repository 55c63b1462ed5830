import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planConversions } from '../../cli/files/conversions.js';
import { checkWritable, refuseOverwriting } from '../../cli/files/outputs.js';
import { removeStagingFolders, writeStaged } from '../../cli/files/staging.js';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reparam-files-'));
  await mkdir(at('models'));
  for (const name of ['b.onnx', 'a.ONNX', 'notes.txt']) await writeFile(at('models', name), name);
  await writeFile(at('one.onnx'), 'one');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('planConversions', () => {
  it('takes one file to one file', async () => {
    expect(await planConversions([at('one.onnx')], at('out.onnx'))).toEqual({
      conversions: [{ input: at('one.onnx'), output: at('out.onnx') }],
      createFolder: false,
    });
  });

  it('takes one file into a folder that exists or is written as one', async () => {
    const expected = at('models', 'one.onnx');
    expect((await planConversions([at('one.onnx')], at('models'))).conversions[0]?.output).toBe(
      expected,
    );
    const fresh = await planConversions([at('one.onnx')], `${at('new')}/`);
    expect(fresh.conversions[0]?.output).toBe(at('new', 'one.onnx'));
    expect(fresh.createFolder).toBe(true);
  });

  it('takes the models of a folder, sorted', async () => {
    const { conversions, createFolder } = await planConversions([at('models')], at('out'));
    expect(conversions).toEqual([
      { input: at('models', 'a.ONNX'), output: at('out', 'a.ONNX') },
      { input: at('models', 'b.onnx'), output: at('out', 'b.onnx') },
    ]);
    expect(createFolder).toBe(true);
  });

  it('plans nothing to write where nothing is to be written', async () => {
    expect((await planConversions([at('models')], null)).conversions.map((c) => c.output)).toEqual([
      '',
      '',
    ]);
  });

  it.each([
    ['several models and a file', () => [at('models')], () => at('one.onnx'), 'is a file'],
    ['a folder without models', () => [at('empty')], () => at('out'), 'holds no .onnx files'],
    [
      'two models of one name',
      () => [at('one.onnx'), at('empty', '..', 'one.onnx')],
      () => at('out'),
      'would both be written',
    ],
  ])('refuses %s', async (_, inputs, output, message) => {
    await mkdir(at('empty'));
    await expect(planConversions(inputs(), output())).rejects.toThrow(message);
  });
});

describe('refuseOverwriting', () => {
  it('lets other files pass', async () => {
    await refuseOverwriting([at('one.onnx')], [at('two.onnx'), at('models', 'one.onnx')]);
  });

  it.each([
    ['the same path', () => at('one.onnx')],
    ['another spelling of the path', () => at('models', '..', 'one.onnx')],
    ['a symbolic link', () => at('symbolic.onnx')],
    ['a hard link', () => at('hard.onnx')],
    ['a path through a linked folder', () => at('linked', 'one.onnx')],
  ])('refuses an output that is the input by %s', async (_, output) => {
    await symlink(at('one.onnx'), at('symbolic.onnx'));
    await link(at('one.onnx'), at('hard.onnx'));
    await symlink(folder, at('linked'));
    await expect(refuseOverwriting([at('one.onnx')], [output()])).rejects.toThrow(
      /the output .* is the input/,
    );
  });

  it('refuses two outputs that are one file', async () => {
    await expect(
      refuseOverwriting([at('one.onnx')], [at('out'), at('models', '..', 'out')]),
    ).rejects.toThrow('are the same output');
  });
});

describe('checkWritable', () => {
  it('names the folder that is missing', async () => {
    await checkWritable(at('out.onnx'));
    await expect(checkWritable(at('nowhere', 'out.onnx'))).rejects.toThrow(
      `the folder ${at('nowhere')} of the output does not exist`,
    );
  });

  it.each([
    ['a device', () => '/dev/null'],
    ['a folder', () => at('models')],
  ])('does not let %s be replaced', async (_, path) => {
    await expect(checkWritable(path())).rejects.toThrow('exists and is not a regular file');
  });
});

describe('writeStaged', () => {
  it('publishes files and what lies beside them', async () => {
    const paths = [at('out.onnx'), at('models', 'proof.json')];
    const result = await writeStaged(paths, async ([model = '', proof = '']) => {
      await writeFile(model, 'model');
      await writeFile(`${model}.data`, 'weights');
      await writeFile(proof, 'proof');
      expect((await readdir(folder)).filter((name) => name.startsWith('out'))).toEqual([]);
      return 7;
    });
    expect(result).toBe(7);
    expect(await readFile(at('out.onnx'), 'utf8')).toBe('model');
    expect(await readFile(at('out.onnx.data'), 'utf8')).toBe('weights');
    expect(await readFile(paths[1] as string, 'utf8')).toBe('proof');
    expect((await readdir(folder)).sort()).toEqual([
      'models',
      'one.onnx',
      'out.onnx',
      'out.onnx.data',
    ]);
  });

  it('leaves nothing, and an old file as it was, when writing fails', async () => {
    const failing = writeStaged([at('one.onnx')], async ([model = '']) => {
      await writeFile(model, 'half');
      throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(await readFile(at('one.onnx'), 'utf8')).toBe('one');
    expect((await readdir(folder)).sort()).toEqual(['models', 'one.onnx']);
  });

  it('leaves nothing when a signal ends the program in the middle', async () => {
    await writeStaged([at('out.onnx')], async ([model = '']) => {
      await writeFile(model, 'half');
      removeStagingFolders();
      expect((await readdir(folder)).sort()).toEqual(['models', 'one.onnx']);
      throw new Error('ended');
    }).catch(() => undefined);
  });
});
