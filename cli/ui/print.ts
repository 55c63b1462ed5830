/** A result, for stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON document, for stdout. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Anything that is not the result, for stderr. */
export function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}

/**
 * Ends the program where nobody can read on: quietly when the reader of a pipe has gone, as `reparam … | head` makes
 * it, with an error when stdout leads to a full disk.
 */
export function surviveClosedOutputs(environmentCode: number): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    printError(`error: cannot write to stdout: ${error.message}`);
    process.exit(environmentCode);
  });
  process.stderr.on('error', () => process.exit(environmentCode));
}
