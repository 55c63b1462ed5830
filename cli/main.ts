#!/usr/bin/env node
import { CommanderError } from 'commander';
import { removeStagingFolders } from './files/staging.js';
import { createProgram } from './program.js';
import { exitCodes, fail } from './ui/failure.js';
import { surviveClosedOutputs } from './ui/print.js';

surviveClosedOutputs(exitCodes.environment);
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    removeStagingFolders();
    process.exit(code);
  });
}

try {
  await createProgram().parseAsync();
} catch (error) {
  // Commander has printed its own message, or the help or version that was asked for.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.badInput;
  } else process.exitCode = fail(error);
}
