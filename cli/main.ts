#!/usr/bin/env node
import { CommanderError } from 'commander';
import { removeStagingFolders } from './files/staging.js';
import { listenForInterrupts } from './interrupts.js';
import { createProgram } from './program.js';
import { exitCodes, fail } from './ui/failure.js';
import { surviveClosedOutputs } from './ui/print.js';

surviveClosedOutputs(exitCodes.environment);
listenForInterrupts(removeStagingFolders);

try {
  await createProgram().parseAsync();
} catch (error) {
  // Commander has printed its own message, or the help or version that was asked for.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.badInput;
  } else process.exitCode = fail(error);
}
