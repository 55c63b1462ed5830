/** Where a convolution looks: one number for each spatial axis, as the attributes of ONNX's Conv. */
export interface ConvWindow {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padsBegin: readonly number[];
  readonly padsEnd: readonly number[];
}
