import { describe, expect, it } from 'vitest';
import { readPlacement } from '../../src/runtime/placement.js';

const kernel = (provider: string, op_name: string, node_index: number, name = op_name) => ({
  cat: 'Node',
  name: `${name}_kernel_time`,
  args: { provider, op_name, node_index: String(node_index) },
});

const cuda = 'CUDAExecutionProvider';
const cpu = 'CPUExecutionProvider';
const read = (...events: unknown[]) => readPlacement(JSON.stringify(events), 'cuda');

describe('readPlacement', () => {
  it('counts the nodes of every provider, and what strayed to the CPU by operator', () => {
    const placement = read(
      kernel(cuda, 'Conv', 0),
      kernel(cuda, 'Conv', 1),
      kernel(cpu, 'Shape', 2),
      kernel(cpu, 'Shape', 3),
      kernel(cpu, 'Gather', 4),
    );
    expect(placement).toEqual({
      nodes: { [cuda]: 2, [cpu]: 3 },
      fallbacks: { Shape: 2, Gather: 1 },
    });
  });

  it('counts a node once, however often it ran', () => {
    const body = [kernel(cuda, 'Add', 0, 'a'), kernel(cuda, 'Add', 0, 'b')];
    expect(read(...body, ...body, ...body)?.nodes).toEqual({ [cuda]: 2 });
  });

  it('passes over copies between devices', () => {
    const copies = [kernel(cpu, 'MemcpyToHost', 1), kernel(cuda, 'MemcpyFromHost', 2)];
    const placement = read(kernel(cuda, 'Conv', 0), ...copies);
    expect(placement).toEqual({ nodes: { [cuda]: 1 }, fallbacks: {} });
  });

  it('sees no fallback where the CPU was asked for', () => {
    const profile = JSON.stringify([kernel(cpu, 'Conv', 0)]);
    expect(readPlacement(profile, 'cpu')).toEqual({ nodes: { [cpu]: 1 }, fallbacks: {} });
  });

  it('passes over all other events', () => {
    const others = [
      null,
      7,
      [],
      {},
      { cat: 'Session', name: 'model_run', args: {} },
      { cat: 'Node', name: 'Conv_fence_before', args: { provider: cpu, op_name: 'Conv' } },
      { cat: 'Node', name: 'Conv_kernel_time' },
      { cat: 'Node', name: 'Conv_kernel_time', args: { provider: 1, op_name: 'Conv' } },
    ];
    expect(read(...others, kernel(cuda, 'Conv', 0))?.nodes).toEqual({ [cuda]: 1 });
  });

  it.each([
    ['empty', ''],
    ['truncated', JSON.stringify([kernel(cuda, 'Conv', 0)]).slice(0, -1)],
    ['no list', '{}'],
    ['without a node', '[]'],
  ])('gives null for a profile that is %s', (_, profile) => {
    expect(readPlacement(profile, 'cuda')).toBeNull();
  });
});
