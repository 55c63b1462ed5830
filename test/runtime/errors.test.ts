import { describe, expect, it } from 'vitest';
import { plainMessage } from '../../src/runtime/errors.js';

describe('plainMessage', () => {
  it.each([
    ['Unsupported data type: 16', 'onnxruntime-node takes no inputs or outputs of type bfloat16'],
    [
      'Load model from /a b/model.onnx failed:Fatal error: ai.onnx.preview:Flex(-1) is not a registered function/op',
      'ai.onnx.preview:Flex(-1) is not a registered function/op',
    ],
    [
      "Non-zero status code returned while running Reshape node. Name:'/r' Status Message: /onnxruntime_src/onnxruntime/core/providers/cpu/tensor/reshape_helper.h:47 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, onnxruntime::TensorShapeVector&, bool) input_shape_size == size was false. The input tensor cannot be reshaped to the requested shape.\n",
      "Reshape '/r': input_shape_size == size was false. The input tensor cannot be reshaped to the requested shape",
    ],
    [
      'Exception during initialization: /onnxruntime_src/onnxruntime/core/providers/cpu/rnn/rnn.h:48 onnxruntime::RNN<T>::RNN(const onnxruntime::OpKernelInfo&) [with T = float] layout_ == 0 was false.\n',
      'layout_ == 0 was false',
    ],
    [
      "Non-zero status code returned while running If node. Name:'a' Status Message: Non-zero status code returned while running Mod node. Name:'' Status Message: element_wise_ops.cc:505 operator() Integer modulo by zero",
      "If 'a': Mod '': Integer modulo by zero",
    ],
    [
      "Failed to find kernel for Cast(25) (node:'c'). Encountered following errors: (\n Version mismatch\n)",
      "Failed to find kernel for Cast(25) (node:'c')",
    ],
    [
      'Got invalid dimensions for input: x for the following indices\n index: 1 Got: 17 Expected: 16\n Please fix either the inputs/outputs or the model.',
      'Got invalid dimensions for input: x for the following indices index: 1 Got: 17 Expected: 16',
    ],
  ])('%s', (message, plain) => expect(plainMessage(message)).toBe(plain));

  it('is never long', () => {
    expect(plainMessage('x'.repeat(10_000)).length).toBeLessThan(400);
  });
});
