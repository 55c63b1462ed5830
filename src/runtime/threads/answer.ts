import { type ErrorCode, ReparamError } from '../../errors.js';

/** What a thread answers to each request, in their order. Errors lose their class on the way between threads. */
export type Answer<Result> =
  | { readonly result: Result }
  | {
      readonly failure: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly hint: string | undefined;
        readonly at: string | undefined;
      };
    };

type Failure = Extract<Answer<unknown>, { failure: unknown }>;

export function failureOf(error: unknown): Failure {
  if (error instanceof ReparamError) {
    const { code, message, hint, at } = error;
    return { failure: { code, message, hint, at } };
  }
  const message = `internal: ${(error as Error).stack ?? String(error)}`;
  return { failure: { code: 'internal', message, hint: undefined, at: undefined } };
}

export const errorOf = ({ failure: { code, message, hint, at } }: Failure): ReparamError =>
  new ReparamError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(at === undefined ? {} : { at }),
  });
