/** What went wrong, in the terms of the exit codes: usage and input → 2, environment → 3, check → 1. */
export type ErrorCode = 'usage' | 'input' | 'environment' | 'check' | 'internal';

export interface ErrorDetails {
  /** What the user can do about it, as one sentence. */
  readonly hint?: string;
  /** The file, node or value at fault. */
  readonly at?: string;
  readonly cause?: unknown;
}

/** Misuse, bad input or a missing part of the environment. An expected "no" is a {@link Refusal} instead. */
export class ReparamError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly at: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ReparamError';
    this.code = code;
    this.hint = details.hint;
    this.at = details.at;
  }
}

export const inputError = (message: string, details?: ErrorDetails): ReparamError =>
  new ReparamError('input', message, details);

/** A fault of this program, never of the input. */
export const internalError = (message: string): ReparamError =>
  new ReparamError('internal', `internal: ${message}`);

/** Why something was not done, in words that the user will read. */
export interface Refusal {
  readonly reason: string;
  /** Name of the node that stands in the way. */
  readonly at?: string;
}

export type Verdict<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export const accept = <T>(value: T): Verdict<T> => ({ ok: true, value });
export const refuse = (reason: string, at?: string): Verdict<never> => ({
  ok: false,
  refusal: at === undefined ? { reason } : { reason, at },
});
