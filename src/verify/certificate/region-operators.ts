import { accept, refuse, type Verdict } from '../../errors.js';
import type { Node, Types } from '../../ir/index.js';
import type { CertifiedOperator } from '../../merge/certificate.js';
import { isAffine } from './affine-operators.js';
import type { RegionPart } from './region-part.js';

/** What merged operators are put together with. */
const assembling = ['Add', 'Sub', 'Reshape', 'Transpose'];

type Description = Omit<CertifiedOperator, 'source' | 'formula' | 'rounding'>;

/** A merged operator in one line. MatMul has no bias: an Add stands behind it. */
const describe = ({ opType, weight, group, strides, pads, dilations, bias }: Description): string =>
  JSON.stringify([opType, weight, group, strides, pads, dilations, bias && opType !== 'MatMul']);

const read = (node: Node): string =>
  describe({
    opType: node.opType,
    weight: node.inputs[1]?.constant?.dims ?? [],
    group: node.int('group', 1),
    strides: node.ints('strides') ?? [],
    pads: node.ints('pads') ?? [],
    dilations: node.ints('dilations') ?? [],
    bias: node.inputs[2] != null,
  });

/** Holds the nodes of a merged region against the operators that its certificate lists. */
export function checkOperators(
  part: RegionPart,
  operators: readonly CertifiedOperator[],
): Verdict<void> {
  const missing = operators.map(describe);
  for (const node of part.nodes) {
    if (node.is(...assembling)) continue;
    const at = missing.indexOf(node.domain === '' ? read(node) : '');
    if (at < 0) return refuse(`the certificate does not list ${node.label} as it is`);
    missing.splice(at, 1);
  }
  const [first] = missing;
  return first ? refuse(`the merged model lacks the operator ${first}`) : accept(undefined);
}

/** Only affine functions are known everywhere once they are known on a basis. */
export function checkAffine(part: RegionPart, types: Types): Verdict<void> {
  const { sources, varying } = part;
  for (const node of varying) {
    const varies = (value: Node['operands'][number]): boolean =>
      sources.includes(value) || (value.producer !== null && varying.has(value.producer));
    if (!isAffine(node, varies, types)) {
      return refuse(`${node.label} is not affine, so that no finite number of runs proves it`);
    }
  }
  return accept(undefined);
}
