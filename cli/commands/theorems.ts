import { type Command, Option } from 'commander';
import { ReparamError } from '../../src/errors.js';
import type { TheoremResult } from '../../src/train/theorems/index.js';
import { type DeviceChoice, deviceChoices } from '../arguments.js';
import { exitCodes } from '../ui/failure.js';
import { print, printJson } from '../ui/print.js';
import { progress } from '../ui/progress.js';

interface TheoremsFlags {
  readonly only?: readonly string[];
  readonly device: DeviceChoice;
  readonly engine: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const details = `
Each line trains two small networks on the same batches: one with linear branches y = Σ s·conv(x, M⊙V), one with a single
convolution whose gradient or update is multiplied with G. After every step the sum of the branches' weights is compared with
the convolution's. The error is the largest difference of a parameter, divided by how far it has come from its start. Exact
lines hold to what float32 rounds; controls (C…) change one condition, and must fail by about what theory says.

Exit codes:
  0  all lines are as expected
  1  one is not
  2  wrong usage
  3  something is missing on this machine

Examples:
  $ reparam theorems
  $ reparam theorems --only T4,C3
  $ reparam theorems --device webgpu --json
  $ reparam theorems --engine tfjs --only T1,T2,T3`;

const engineNames = ['onnxruntime', 'tfjs'] as const;

const asJson = ({ theorem, error, asExpected }: TheoremResult) => {
  const { id, statement, expected } = theorem;
  return { id, statement, error, expected, asExpected };
};

async function proveAll(flags: TheoremsFlags): Promise<void> {
  const { engine, findTheorems, float32Limit, proveTheorems, theorems } = await import(
    '../../src/train/theorems/index.js'
  );
  const { resolveDevice } = await import('../../src/runtime/index.js');
  const { theoremsText } = await import('../ui/theorems-text.js');
  const chosen = flags.only ? findTheorems(flags.only) : theorems;
  if (flags.engine !== 'onnxruntime' && flags.device !== 'cpu') {
    throw new ReparamError('usage', `the engine '${flags.engine}' chooses its device itself`, {
      hint: 'leave --device out',
    });
  }
  const device = await resolveDevice(flags.device);
  const { trainingEngines } = await import('../../src/train/engines/index.js');
  const trains = trainingEngines.find(({ name }) => name === flags.engine) ?? trainingEngines[0];
  const context = { open: engine({ device }, trains), portable: device !== 'cpu' };
  const bar = progress('theorems', flags.quiet ?? flags.json);
  const results: TheoremResult[] = [];
  try {
    for await (const result of proveTheorems(chosen, context)) {
      results.push(result);
      bar.update(results.length, chosen.length);
    }
  } finally {
    bar.stop();
  }
  if (flags.json)
    printJson({ engine: trains.name, device, limit: float32Limit, results: results.map(asJson) });
  else print(theoremsText(results, float32Limit));
  const good = results.every(({ asExpected }) => asExpected);
  process.exitCode = good ? exitCodes.ok : exitCodes.checkFailed;
}

export function addTheorems(program: Command): void {
  program
    .command('theorems')
    .summary('show that scaled gradients train as branches do')
    .description('Tests the theorems of spatial gradient scaling on the training engine.')
    .option('--only <ids>', 'these alone, separated by commas: T4 is all of T4a, T4b …', (text) =>
      text.split(',').map((id) => id.trim()),
    )
    .addOption(
      new Option('--device <name>', 'where the networks are trained')
        .choices(deviceChoices)
        .default('cpu'),
    )
    .addOption(
      new Option('--engine <name>', 'what trains the networks')
        .choices(engineNames)
        .default(engineNames[0]),
    )
    .option('--json', 'print everything as JSON')
    .option('-q, --quiet', 'no progress bar')
    .addHelpText('after', details)
    .action(proveAll);
}
