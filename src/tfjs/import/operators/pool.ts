import { type NetworkWriter, plainSignal, type Signal } from '../writer.js';
import { type Window, windowAttributes } from './window.js';

/** MaxPool or AveragePool; averages leave the padding out, as TensorFlow.js does. */
export function pool(
  writer: NetworkWriter,
  x: Signal,
  kind: 'MaxPool' | 'AveragePool',
  { channelsLast, ...window }: Window & { readonly channelsLast: boolean },
): Signal {
  const image = writer.image(x, channelsLast);
  const { dilations, ...attributes } = windowAttributes(writer, image, window);
  // AveragePool has dilations only from opset 19 on; TensorFlow.js pools without them.
  return writer.fromImage(writer.op(kind, [image], attributes), channelsLast);
}

/** The largest or the mean of each image: [N, ...spatial, C] → [N, C], or with lengths of 1 for the spatial axes. */
export function globalPool(
  writer: NetworkWriter,
  x: Signal,
  kind: 'GlobalMaxPool' | 'GlobalAveragePool',
  { channelsLast, keepAxes = false }: { channelsLast: boolean; keepAxes?: boolean },
): Signal {
  const pooled = writer.op(kind, [writer.image(x, channelsLast)]);
  if (keepAxes) return writer.fromImage(pooled, channelsLast);
  return plainSignal(writer.op('Flatten', [pooled], { axis: 1 }));
}
