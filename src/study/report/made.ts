import { createRequire } from 'node:module';
import { formatBytes } from '../../report/format.js';
import { describeMachine, type Machine } from '../../runtime/index.js';

/** What a report was made with. */
export interface Made {
  /** Version of this program. */
  readonly version: string;
  readonly machine: Machine;
}

export async function describeMaking(): Promise<Made> {
  const { version } = createRequire(import.meta.url)('onnx-reparam/package.json') as {
    version: string;
  };
  return { version, machine: await describeMachine() };
}

/** What made a report, as terms and what they are. */
export function madeEntries({ version, machine }: Made): [term: string, text: string][] {
  const { platform, cpu, cores, memory, gpus, node, onnxruntime } = machine;
  return [
    ['onnx-reparam', version],
    ['onnxruntime', onnxruntime ?? 'does not load'],
    ['Node', node],
    ['Platform', platform],
    ['CPU', `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}`],
    ['Memory', formatBytes(memory)],
    ...gpus.map((gpu): [string, string] => ['GPU', gpu]),
  ];
}
