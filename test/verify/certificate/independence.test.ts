import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { float, Node, Value } from '../../../src/ir/index.js';
import { linearOps } from '../../../src/linear/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { isAffine } from '../../../src/verify/certificate/affine-operators.js';

const root = join(import.meta.dirname, '..', '..', '..', 'src');

/** Modules that one needs when it runs, itself included: imports of types leave no trace. */
function runtimeImports(entry: string): string[] {
  const found = new Set([entry]);
  for (const file of found) {
    const text = readFileSync(file, 'utf8');
    for (const [, clause = '', path = ''] of text.matchAll(
      /^(?:import|export) (?!type )((?:[^;'"]* from )?)'(\.[^']+)'/gms,
    )) {
      const names = /\{([^}]*)\}/.exec(clause)?.[1]?.split(',') ?? [''];
      const allTypes = names.every((name) => /^\s*(type |$)/.test(name)) && clause.includes('{');
      if (!allTypes) found.add(join(dirname(file), path.replace(/\.js$/, '.ts')));
    }
  }
  return [...found].map((file) => relative(root, file));
}

describe('the check of certificates', () => {
  const modules = runtimeImports(join(root, 'verify', 'certificate', 'certificate-check.ts'));

  it('runs nothing of the algebra and of the planning that it checks', () => {
    expect(modules).toContain(join('merge', 'probe.ts'));
    expect(modules).toContain(join('ir', 'extract.ts'));
    expect(modules.filter((file) => file.startsWith('linear'))).toEqual([]);
    expect(
      modules.filter((file) => /merge.(apply|plan|candidates|emit|writer)/.test(file)),
    ).toEqual([]);
  });

  it('knows every operator that the algebra knows as affine', () => {
    const none = { of: () => null, integers: () => null, elements: () => null };
    const x = new Value('x');
    const ones = new Value('w');
    ones.constant = Tensor.fromNumbers('float32', [1], [1]);
    // Rectifiers of slope 1 hand on their input.
    const attributes = [['alpha', float(1)]] as const;
    for (const opType of linearOps.flatMap(({ opTypes }) => opTypes)) {
      const node = new Node(opType, [x, ones], [new Value('y')], { attributes });
      expect(
        isAffine(node, (value) => value === x, none),
        opType,
      ).toBe(true);
    }
  });

  it('knows what is not affine', () => {
    const none = { of: () => null, integers: () => null, elements: () => null };
    const x = new Value('x');
    const affine = (opType: string, inputs: Value[]) =>
      isAffine(new Node(opType, inputs, [new Value('y')]), (value) => value === x, none);
    const w = new Value('w');
    expect(affine('Mul', [x, x])).toBe(false);
    expect(affine('MatMul', [x, x])).toBe(false);
    expect(affine('Div', [w, x])).toBe(false);
    expect(affine('Conv', [w, x])).toBe(false);
    expect(affine('Where', [x, w, w])).toBe(false);
    expect(affine('Relu', [x])).toBe(false);
    expect(affine('LeakyRelu', [x])).toBe(false);
    expect(affine('PRelu', [x, w])).toBe(false);
    expect(affine('Clip', [x])).toBe(false);
    expect(affine('MaxPool', [x])).toBe(false);
  });
});
