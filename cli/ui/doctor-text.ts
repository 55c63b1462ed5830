import { type DeviceReport, devices, type Machine } from '../../src/runtime/index.js';
import { colorsFor } from './colors.js';
import { formatBytes, plural } from './format.js';
import { table } from './table.js';

export interface Findings {
  readonly machine: Machine;
  readonly node: { readonly version: string; readonly range: string; readonly supported: boolean };
  readonly packages: readonly {
    readonly name: string;
    /** What needs it. */
    readonly purpose: string;
    /** Null when it does not load. */
    readonly version: string | null;
    /** Adds it. */
    readonly command: string;
  }[];
  readonly devices: readonly DeviceReport[];
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** Where the test ran, or why it did not. */
function remark({ device, reason, placement, adapter, software }: DeviceReport): string {
  if (placement === null) return reason ?? '';
  const all = sum(placement.nodes);
  const own = placement.nodes[devices[device].provider] ?? 0;
  const ran = `${own} of ${plural(all, 'node')} of a convolution ran on it`;
  const where = adapter === null ? '' : `: ${adapter}`;
  return `${ran}${where}${software ? ' (in software: for tests, not for speed)' : ''}`;
}

function deviceTable(reports: readonly DeviceReport[]): string {
  const { green, yellow, dim } = colorsFor(process.stdout);
  const paint = { works: green, missing: yellow, unsupported: dim };
  const rows = reports.map((report) => [
    report.device,
    devices[report.device].title,
    paint[report.status](report.status),
    remark(report),
  ]);
  return table(['device', 'name', 'status', 'what ran where'], rows);
}

/** One line for each command that adds something. */
function remedies(findings: Findings): string[] {
  const forDevices = findings.devices.flatMap(({ device, remedies }) =>
    remedies.map(({ purpose, command }) => [device, purpose, command]),
  );
  const forPackages = findings.packages
    .filter(({ version }) => version === null)
    .map(({ name, purpose, command }) => [name, purpose, command]);
  const rows = [...forDevices, ...forPackages];
  return rows.length > 0 ? ['', table(['to add', 'how', 'command'], rows)] : [];
}

/** What `reparam doctor` found, for people. */
export function doctorText(findings: Findings): string {
  const { bold, red } = colorsFor(process.stdout);
  const { machine, node, packages } = findings;
  const cores = plural(machine.cores, 'core');
  const memory = formatBytes(machine.memory);
  const support = node.supported ? '' : red(`, not supported: reparam needs ${node.range}`);
  const lines = [
    ['machine', `${machine.platform}, ${machine.cpu}, ${cores}, ${memory} of memory`],
    ['GPU', machine.gpus.join('; ') || 'no NVIDIA GPU found'],
    ['Node', `${node.version}${support}`],
    ['onnxruntime', machine.onnxruntime ?? red('does not load')],
    ...packages.map(({ name, version, purpose }) => [
      name,
      version ?? `does not load (for ${purpose})`,
    ]),
  ];
  return [
    ...lines.map(([label = '', text]) => `${bold(label.padEnd(12))} ${text}`),
    '',
    deviceTable(findings.devices),
    ...remedies(findings),
  ].join('\n');
}
