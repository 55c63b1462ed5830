import { type Device, devices } from './devices.js';

/** Which execution providers ran the nodes of a session, from onnxruntime's own profile of its first run. */
export interface Placement {
  /** Number of nodes by execution provider, such as `WebGpuExecutionProvider`; copies between devices do not count. */
  readonly nodes: Readonly<Record<string, number>>;
  /** How many nodes of each operator ran on the CPU although another device was asked for. */
  readonly fallbacks: Readonly<Record<string, number>>;
}

interface KernelRun {
  readonly node: string;
  readonly provider: string;
  readonly operator: string;
}

const kernelSuffix = '_kernel_time';

/** Copies between devices, which onnxruntime inserts. */
const isCopy = (operator: string): boolean => /^Memcpy(?:From|To)Host$/.test(operator);

/** The run of a node that an event of a profile tells of, null for all other events. */
function kernelRun(event: unknown): KernelRun | null {
  const { cat, name, args } = (event ?? {}) as Partial<Record<string, unknown>>;
  if (cat !== 'Node' || typeof name !== 'string' || !name.endsWith(kernelSuffix)) return null;
  const { provider, op_name, node_index } = (args ?? {}) as Partial<Record<string, unknown>>;
  if (typeof provider !== 'string' || typeof op_name !== 'string' || isCopy(op_name)) return null;
  // Indices repeat in subgraphs, and names need not be unique; together they nearly always are.
  return { node: JSON.stringify([name, node_index, op_name]), provider, operator: op_name };
}

function events(profile: string): readonly unknown[] | null {
  try {
    const parsed: unknown = JSON.parse(profile);
    return Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function count(names: Iterable<string>): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/**
 * Reads a profile of onnxruntime. A node that ran several times, as in a Loop, counts once.
 * @returns null when the profile is damaged or tells of no node.
 */
export function readPlacement(profile: string, device: Device): Placement | null {
  const runs = new Map<string, KernelRun>();
  for (const event of events(profile) ?? []) {
    const run = kernelRun(event);
    if (run) runs.set(run.node, run);
  }
  if (runs.size === 0) return null;
  const ran = [...runs.values()];
  const { provider: cpu } = devices.cpu;
  const strayed = ran.filter(({ provider }) => provider === cpu);
  return {
    nodes: count(ran.map(({ provider }) => provider)),
    fallbacks: device === 'cpu' ? {} : count(strayed.map(({ operator }) => operator)),
  };
}
