import { expect } from 'vitest';
import { ReparamError } from '../../src/errors.js';

/** The one sentence that `action` fails with, and 'none' when it succeeds. */
export async function problemOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(ReparamError);
    const { code, message } = error as ReparamError;
    expect(['input', 'usage']).toContain(code);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
    expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    return message;
  }
  return 'none';
}
