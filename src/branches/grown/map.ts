import { accept, internalError, refuse, type Verdict } from '../../errors.js';
import { Graph, type Value } from '../../ir/index.js';
import { scaleRows } from '../../linear/index.js';
import { Tensor } from '../../tensor/index.js';
import { BlockBuilder } from '../block-builder.js';
import { Draft } from '../draft.js';
import { normFactor } from '../norm.js';
import { channelsToClose } from '../solve.js';
import { type Equivalent, sumMaps } from '../term.js';
import { type GrownBranch, type GrownLayer, setPrefix } from './layer.js';

/** What a branch computes of the layer's input as it stands, in float64, on the taps of the layer's own kernel. */
export function branchMap(
  graph: Graph,
  { name, site }: GrownLayer,
  { kind, set }: Pick<GrownBranch, 'kind' | 'set'>,
): Equivalent {
  const values = new Map([...graph.initializers].map((value) => [value.name, value.constant]));
  const known = (parameter: string): Tensor | null => values.get(parameter) ?? null;
  // Building it once more, off the graph, says what it computes.
  const draft = new Draft(new Graph(), setPrefix(name, set), site.dtype, 0, known);
  const term = kind.build(new BlockBuilder(site, 'fresh', draft.emit, draft.parameters));
  draft.discard();
  if (!term) throw internalError(`a branch ${kind.name} that cannot be`);
  return sumMaps([term], site.axes, site.kernel.group);
}

/** What the main kernel is multiplied by, an output channel each. */
const mainFactor = ({ site }: GrownLayer): Float64Array =>
  site.norm ? normFactor(site.norm.norm) : new Float64Array(site.kernel.outputs).fill(1);

/** Output channels whose main kernel counts for too little to take a map over. */
export const closedChannels = (layer: GrownLayer, map: Equivalent): readonly number[] =>
  channelsToClose(layer.site.kernel.data, mainFactor(layer), map);

const changed = (value: Value, by: ArrayLike<number>): void => {
  const { dtype, dims } = value.constant as Tensor;
  const numbers = (value.constant as Tensor).toNumbers().map((x, i) => x + (by[i] as number));
  value.constant = Tensor.fromNumbers(dtype, dims, numbers);
};

/**
 * Adds a map to what the main Conv of a layer computes, through its weight and its shift alone.
 * @param sign 1, or -1 to take it away
 */
export function absorb(
  graph: Graph,
  layer: GrownLayer,
  map: Equivalent,
  sign: 1 | -1,
): Verdict<void> {
  const { site } = layer;
  const [channel] = closedChannels(layer, map);
  if (channel !== undefined) {
    return refuse(`its main kernel counts for too little in channel ${channel}`);
  }
  const kernel = { ...map.kernel, data: map.kernel.data.slice() };
  const shares = mainFactor(layer).map((factor) => (factor === 0 ? 0 : sign / factor));
  scaleRows(kernel, shares);
  changed(site.weight, kernel.data);
  const { node, norm, dtype } = site;
  let shift = norm ? norm.node.inputs[2] : node.inputs[2];
  if (!shift) {
    const zeros = Tensor.fromNumbers(
      dtype,
      [site.kernel.outputs],
      new Float64Array(site.kernel.outputs),
    );
    shift = graph.addInitializer(`${layer.name}.bias`, zeros);
    node.setInput(2, shift);
  }
  changed(
    shift,
    map.bias.map((b) => sign * b),
  );
  return accept(undefined);
}
