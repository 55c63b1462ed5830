import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { satisfies } from '../../cli/commands/doctor.js';
import type { ReparamError } from '../../src/errors.js';
import type * as Runtime from '../../src/runtime/index.js';
import { type BuiltCli, buildCli } from './cli.js';

const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';
const onLinux = process.platform === 'linux' && process.arch === 'x64';

let cli: BuiltCli;
/** The built one: a device is tried in a process of its own, which needs JavaScript. */
let runtime: typeof Runtime;
let folder = '';

beforeAll(async () => {
  cli = buildCli();
  folder = mkdtempSync(join(tmpdir(), 'reparam-doctor-'));
  const file = join(dirname(cli.main), '..', 'src', 'runtime', 'index.js');
  runtime = (await import(pathToFileURL(file).href)) as typeof Runtime;
});

afterEach(() => vi.unstubAllEnvs());

afterAll(() => {
  cli.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** For this process and for those that it starts; nothing but this Vulkan driver is there. */
function useVulkanDriver(file: string): void {
  vi.stubEnv('VK_DRIVER_FILES', undefined);
  vi.stubEnv('VK_ICD_FILENAMES', file);
}

interface Findings {
  readonly machine: Runtime.Machine;
  readonly node: { readonly supported: boolean };
  readonly devices: readonly Runtime.DeviceReport[];
}

async function findings(
  env: NodeJS.ProcessEnv = {},
): Promise<Findings & { status: number | null }> {
  const { status, stdout, stderr } = await cli.run(['doctor', '--json'], { env });
  expect(stderr).toBe('');
  return { ...(JSON.parse(stdout) as Findings), status };
}

describe('reparam doctor', () => {
  it('says what this machine has', async () => {
    const { status, machine, node, devices } = await findings();
    expect(status).toBe(0);
    expect(machine.node).toBe(process.versions.node);
    expect(machine.onnxruntime).toMatch(/^\d+\.\d+\.\d+/);
    expect(machine.cores).toBeGreaterThan(0);
    expect(machine.memory).toBeGreaterThan(1e8);
    expect(node.supported).toBe(true);
    expect(devices.map(({ device }) => device)).toEqual(runtime.deviceNames);
    const [cpu] = devices;
    expect(cpu).toMatchObject({ status: 'works', reason: null, remedies: [] });
    expect(cpu?.placement?.nodes.CPUExecutionProvider).toBeGreaterThan(0);
  });

  it('gives a reason for every device that does not work', async () => {
    const { devices } = await findings();
    for (const { status, reason } of devices) {
      if (status === 'works') expect(reason).toBeNull();
      else expect(reason).toMatch(/^\S.*[^.\s]$/);
    }
  });

  it.runIf(onLinux)('names the command that adds what is missing', async () => {
    useVulkanDriver('/nowhere.json');
    const { status, stdout, stderr } = await cli.run(['doctor']);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^cpu +CPU +works +\d of \d nodes of a convolution ran on it$/m);
    expect(stdout).toMatch(/^webgpu +WebGPU +missing +VK_ICD_FILENAMES names '\/nowhere.json'/m);
    expect(stdout).toMatch(/^webgpu +for the system's own drivers +unset VK_ICD_FILENAMES$/m);
    expect(stdout).toMatch(/^coreml +CoreML +unsupported +onnxruntime-node has no CoreML for/m);
  });

  it('ends with 3 when not even the CPU works, and survives crashes', async () => {
    const crash = join(folder, 'crash.cjs');
    writeFileSync(
      crash,
      `if (process.argv[1]?.includes('trial-process')) process.kill(process.pid, 'SIGKILL');`,
    );
    const { status, devices } = await findings({ NODE_OPTIONS: `--require ${crash}` });
    expect(status).toBe(3);
    expect(devices[0]).toMatchObject({
      status: 'missing',
      reason: 'onnxruntime crashed with SIGKILL',
    });
  });
});

describe.runIf(onLinux)('resolveDevice', () => {
  it('takes a WebGPU in software only by its name', async ({ skip }) => {
    skip(!existsSync(swiftShader), `${swiftShader} is missing`);
    useVulkanDriver(swiftShader);
    const report = await runtime.examineDevice('webgpu');
    expect(report).toMatchObject({ status: 'works', software: true });
    expect(report.adapter).toContain('SwiftShader');
    expect(report.placement?.fallbacks).toEqual({});
    expect(await runtime.resolveDevice('webgpu')).toBe('webgpu');
    expect(await runtime.resolveDevice('auto')).not.toBe('webgpu');
  });

  it('refuses a device that does not work, with the command that helps', async () => {
    useVulkanDriver('/nowhere.json');
    const error = await runtime.resolveDevice('webgpu').then(
      () => null,
      (reason: ReparamError) => reason,
    );
    expect(error?.code).toBe('environment');
    expect(error?.message).toMatch(/^WebGPU does not work here: \S.*[^.]$/);
    expect(error?.hint).toBe("for the system's own drivers: unset VK_ICD_FILENAMES");
  });

  it('always finds the CPU', async () => {
    useVulkanDriver('/nowhere.json');
    expect(await runtime.resolveDevice('cpu')).toBe('cpu');
    expect(runtime.deviceNames).toContain(await runtime.resolveDevice('auto'));
  });
});

it.each([
  ['20.19.0', '>=20.19', true],
  ['22.0.0', '>=20.19', true],
  ['20.18.3', '>=20.19', false],
  ['18.20.0', '>=20.19', false],
  ['20.0.0', '>=20', true],
])('Node %s for %s', (version, range, expected) => {
  expect(satisfies(version, range)).toBe(expected);
});
