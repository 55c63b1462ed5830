import type { NodeView, VjpView } from '../../view.js';

/** One axis of a Resize. */
export interface ResizedAxis {
  readonly axis: number;
  readonly input: number;
  readonly output: number;
  readonly scale: number;
  /** Where the region of interest begins and ends, from 0 to 1 over the axis. */
  readonly region: readonly [number, number];
}

/** Scales of the axes where sizes are given: one for all axes if the aspect ratio is kept. */
function scalesOfSizes(view: NodeView, lengths: readonly number[], sizes: readonly number[]) {
  const ratios = sizes.map((size, i) => Math.fround(size / (lengths[i] as number)));
  const policy = view.node.string('keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch') return ratios;
  const scale = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  return ratios.map(() => scale);
}

/** The axes that may change; none where all keep their length: onnxruntime then copies, whatever the scales. */
export function resizedAxes(view: VjpView): ResizedAxis[] {
  const [dims, result] = [view.dims(0), view.builder.dims(view.cotangent)];
  if (dims.join() === result.join()) return [];
  const axes = (view.node.ints('axes') ?? dims.map((_, axis) => axis)).map(
    (axis) => (axis + dims.length) % dims.length,
  );
  const lengths = axes.map((axis) => dims[axis] as number);
  const sizes = view.integers(3);
  const scales = sizes?.length ? scalesOfSizes(view, lengths, sizes) : view.numbers(2);
  const roi = view.numbers(1) ?? [];
  return axes.map((axis, i) => ({
    axis,
    input: lengths[i] as number,
    output: result[axis] as number,
    scale: scales?.[i] ?? Math.fround((result[axis] as number) / (lengths[i] as number)),
    region: [roi[i] ?? 0, roi[i + axes.length] ?? 1],
  }));
}
