import { activate } from '../operators/activation.js';
import type { Padding } from '../operators/window.js';
import { type Fields, keyword } from '../read/fields.js';
import type { Constant, NetworkWriter, Signal } from '../writer.js';

/** One use of a layer: its configuration, its weights, and what goes into it. */
export interface LayerCall {
  readonly writer: NetworkWriter;
  readonly config: Fields;
  readonly inputs: readonly Signal[];
  /** The only input. @throws ReparamError where there are several. */
  readonly input: Signal;
  /** @throws ReparamError for a weight that the file does not hold. */
  weight(name: string): Constant;
}

/** How layers of some classes are written in ONNX. */
export interface LayerRule {
  /** As Keras names them. */
  readonly classNames: readonly string[];
  write(call: LayerCall): Signal;
}

/** True for `channels_last`, which is what TensorFlow.js takes where nothing is said. */
export function isChannelsLast({ config }: LayerCall): boolean {
  const format = config.text('data_format', 'channels_last');
  if (keyword(format) === 'channelslast') return true;
  if (keyword(format) === 'channelsfirst') return false;
  throw config.fault(`has the data format '${format}'`, 'it is channels_last or channels_first');
}

export function paddingOf({ config }: LayerCall): Padding {
  const padding = keyword(config.text('padding', 'valid'));
  if (padding === 'same' || padding === 'valid') return padding;
  throw config.fault(`has the padding '${padding}'`, 'it is same or valid');
}

/** The bias of a layer, null where `use_bias` is false. */
export const biasOf = (call: LayerCall): Constant | null =>
  call.config.boolean('use_bias', true) ? call.weight('bias') : null;

/** Applies the activation that many layers have built in. */
export function activated({ writer, config }: LayerCall, x: Signal): Signal {
  const activation = config.get('activation');
  if (activation === undefined) return x;
  if (typeof activation === 'string') return activate(writer, x, activation);
  return activate(writer, x, config.fields('activation').text('class_name'));
}

/** @throws ReparamError unless the options, where given, have the only value that TensorFlow.js computes with. */
export function expectOptions(
  { config }: LayerCall,
  expected: Readonly<Record<string, number | boolean>>,
): void {
  for (const [name, value] of Object.entries(expected)) {
    const given = config.get(name);
    if (given === undefined || [given].flat().every((part) => part === value)) continue;
    throw config.fault(
      `has '${name}' ${JSON.stringify(given)}, which TensorFlow.js does not compute with`,
    );
  }
}

/** Numbers before and after each of two axes: 1, [1, 2] or [[1, 2], [3, 4]]. */
export function sides({ config }: LayerCall, name: string): [number, number][] {
  const value = config.get(name) ?? 1;
  const perAxis: readonly unknown[] = Array.isArray(value) ? value : [value, value];
  const pairs = perAxis.map((side): unknown[] => (Array.isArray(side) ? side : [side, side]));
  const whole = pairs.every(
    (pair) => pair.length === 2 && pair.every((n) => Number.isInteger(n) && (n as number) >= 0),
  );
  if (pairs.length === 2 && whole) return pairs as [number, number][];
  throw config.fault(`has '${name}' ${JSON.stringify(value)}, which is not two pairs of numbers`);
}
