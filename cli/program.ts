import { Command } from 'commander';
import { addBench } from './commands/bench.js';
import { addDoctor } from './commands/doctor.js';
import { addEval } from './commands/eval.js';
import { addExpand } from './commands/expand.js';
import { addExport } from './commands/export.js';
import { addImport } from './commands/import.js';
import { addInspect } from './commands/inspect.js';
import { addMerge } from './commands/merge.js';
import { addRuns } from './commands/runs.js';
import { addSgs } from './commands/sgs.js';
import { addStudy } from './commands/study.js';
import { addTheorems } from './commands/theorems.js';
import { addTrain } from './commands/train.js';
import { addVerify } from './commands/verify.js';
import { colorsFor } from './ui/colors.js';
import { version } from './version.js';

const closing = `
Exit codes:
  0  done
  1  a check failed
  2  wrong usage or bad input
  3  something is missing on this machine

Examples:
  $ reparam inspect model.onnx
  $ reparam merge model.onnx -o merged.onnx --certificate merged.json
  $ reparam verify model.onnx merged.onnx`;

/** The command line. Actions import what they need, so that --help and --version answer at once. */
export function createProgram(): Command {
  const program = new Command('reparam')
    .description('Trains, merges and verifies branched, re-parameterized networks in ONNX files.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', closing)
    .showHelpAfterError('hint: --help explains the usage')
    .configureOutput({
      outputError: (text, write) => {
        const { red } = colorsFor(process.stderr);
        write(text.replace(/^error:/, red('error:')));
      },
    })
    .exitOverride();
  addInspect(program);
  addImport(program);
  addMerge(program);
  addExpand(program);
  addVerify(program);
  addTrain(program);
  addEval(program);
  addExport(program);
  addRuns(program);
  addStudy(program);
  addSgs(program);
  addTheorems(program);
  addBench(program);
  addDoctor(program);
  return program;
}
