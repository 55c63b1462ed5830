const exitCodeOf = { SIGINT: 130, SIGTERM: 143 } as const;

type Signal = keyof typeof exitCodeOf;

let endGently: ((exitCode: number) => void) | null = null;

/** Ends the program at Ctrl-C and at `kill`, unless a command ends by itself. @param cleanUp what must not stay behind */
export function listenForInterrupts(cleanUp: () => void): void {
  for (const signal of Object.keys(exitCodeOf) as Signal[]) {
    process.on(signal, () => {
      const gently = endGently;
      endGently = null;
      if (gently) return gently(exitCodeOf[signal]);
      cleanUp();
      process.exit(exitCodeOf[signal]);
    });
  }
}

/**
 * Runs work that ends by itself when it is interrupted; the second interrupt ends the program at once.
 * @param action gets a signal that is aborted at the first interrupt
 */
export async function interruptible(action: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  endGently = (exitCode) => {
    process.exitCode = exitCode;
    controller.abort();
  };
  try {
    await action(controller.signal);
  } finally {
    endGently = null;
  }
}
