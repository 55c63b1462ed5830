/**
 * Operator set of onnxruntime's CPU provider for tensors `[N, C, H, W]` whose channels lie in memory in blocks,
 * `[N, C / block, H, W, block]`; their shape stays `[N, C, H, W]`. Its own optimizer uses it where weights are constants.
 */
export const nchwc = { domain: 'com.microsoft.nchwc', version: 1 } as const;
