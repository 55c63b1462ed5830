/** Milliseconds in which work may end by itself once the program that started it has gone. */
const grace = 60_000;

/** The program that started this one with a channel for messages (`child_process` with 'ipc'), as studies do. */
export interface Parent {
  /** Aborted when it has ended, however it did. */
  readonly gone: AbortSignal;
  tell(message: unknown): void;
}

/** Null where nobody started this program with a channel. */
export function listenToParent(): Parent | null {
  if (process.send === undefined) return null;
  const controller = new AbortController();
  const leave = (): void => {
    controller.abort();
    setTimeout(() => process.exit(1), grace).unref();
  };
  if (process.connected) {
    process.once('disconnect', leave);
    // Waiting for its end must not keep this program running.
    process.channel?.unref();
  } else leave();
  const ignore = (): void => undefined;
  return {
    gone: controller.signal,
    tell: (message) => {
      if (process.connected) process.send?.(message, undefined, {}, ignore);
    },
  };
}
