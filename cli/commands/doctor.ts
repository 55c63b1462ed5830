import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { exitCodes } from '../ui/failure.js';
import { print, printJson } from '../ui/print.js';

interface DoctorOptions {
  readonly json?: boolean;
}

const details = `
Every device that onnxruntime has on this platform runs a small convolution, in a process of its own, and the result
is compared with the right one. A device works when it did this itself: what silently falls back to the CPU does not.
For everything that is missing, the command that adds it is named.

Exit codes:
  0  models can be run, at least on the CPU
  3  not even that

Examples:
  $ reparam doctor
  $ reparam doctor --json | jq -r '.devices[] | select(.status == "works").device'`;

/** Packages that only some commands need, by what needs them. */
const optionalPackages = { sharp: 'images as inputs' } as const;

export interface PackageState {
  readonly name: string;
  readonly purpose: string;
  /** Null when it does not load. */
  readonly version: string | null;
  readonly command: string;
}

async function examinePackage(name: string, purpose: string): Promise<PackageState> {
  const state = { name, purpose, command: `npm install ${name}` };
  try {
    const loaded = (await import(name)) as { default?: { versions?: Record<string, string> } };
    return { ...state, version: loaded.default?.versions?.[name] ?? 'unknown version' };
  } catch {
    return { ...state, version: null };
  }
}

/** What `reparam train --engine tfjs` would compute with. */
async function examineTfjs(): Promise<PackageState> {
  const { openBackend, tfjsRemedy } = await import('../../src/tfjs/engine/backend.js');
  const state = { name: 'tfjs', purpose: '--engine tfjs', command: tfjsRemedy };
  return openBackend().then(
    (backend) => ({ ...state, version: backend.notes.join('; ') }),
    () => ({ ...state, version: null }),
  );
}

/** Whether a version is at least the one of a range like `>=20.19`. */
export function satisfies(version: string, range: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = range.replace(/^>=/, '').split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** The versions of Node that package.json asks for. */
function nodeRange(): string {
  const manifest = createRequire(import.meta.url)('onnx-reparam/package.json') as {
    engines: { node: string };
  };
  return manifest.engines.node;
}

async function doctor(options: DoctorOptions): Promise<void> {
  const { describeMachine, examineDevices } = await import('../../src/runtime/index.js');
  const { doctorText } = await import('../ui/doctor-text.js');
  const range = nodeRange();
  const packages = Object.entries(optionalPackages).map(([name, purpose]) =>
    examinePackage(name, purpose),
  );
  const machine = await describeMachine();
  const findings = {
    machine,
    node: { version: machine.node, range, supported: satisfies(machine.node, range) },
    packages: await Promise.all([...packages, examineTfjs()]),
    devices: await examineDevices(),
  };
  if (options.json) printJson(findings);
  else print(doctorText(findings));
  const cpuWorks = findings.devices.some((d) => d.device === 'cpu' && d.status === 'works');
  process.exitCode = cpuWorks ? exitCodes.ok : exitCodes.environment;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('show what this machine can run models on')
    .description('Shows which devices work on this machine, and how to add what is missing.')
    .option('--json', 'print everything as JSON')
    .addHelpText('after', details)
    .action(doctor);
}
